"""Pieces of Markdown."""

from collections.abc import Iterable, Sequence


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Give a table; a bar in a cell is escaped, a line break becomes a blank."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def page(title: str, source: str, *parts: str) -> str:
    """Give a generated page: its title, where its contents stand, its parts with a blank line between."""
    head = f"# {title}\n\n*Made by `make docs` from {source}; not edited by hand.*"
    return "\n\n".join([head, *(part.strip("\n") for part in parts)]) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")
