"""What the pages show: fenced blocks, command lines, names between backticks."""

import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\s*(?:\$ |Example: )?(?:\w+=\S+ )*(?:\.venv/bin/)?(skyledger .*)$")
REDIRECTIONS = ("|", "<", ">", "&&", ";")


def pages() -> dict[str, str]:
    """Give the text of every page, generated ones included, and of the README, by path below the root."""
    paths = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return {str(path.relative_to(ROOT)): path.read_text() for path in paths}


def fenced(text: str, *languages: str) -> list[str]:
    """Give the fenced blocks of a page, all of them when no language is named."""
    return [body for language, body in FENCE.findall(text) if not languages or language in languages]


def names(text: str) -> Iterator[str]:
    """Give what stands between backticks outside of fenced blocks."""
    yield from re.findall(r"`([^`\n]+)`", FENCE.sub("", text))


def commands(text: str) -> Iterator[list[str]]:
    """Give the `skyledger` command lines in the fenced blocks of a page, as words."""
    lines = (line for block in fenced(text) for line in block.replace("\\\n", " ").splitlines())
    yield from _split(lines)


def mentions(text: str) -> Iterator[list[str]]:
    """Give the `skyledger` commands between backticks, which may lack arguments.

    A word in capitals stands for something that the reader knows; it becomes 1, which any argument can be.
    """
    for words in _split(names(text)):
        yield [re.sub(r"^[A-Z]{4,}…?$", "1", word) for word in words]


def _split(lines: Iterable[str]) -> Iterator[list[str]]:
    """Give the words of each line that is a command, up to a redirection."""
    for line in lines:
        if found := COMMAND.match(line):
            words = shlex.split(found[1], comments=True)
            end = next((place for place, word in enumerate(words) if word in REDIRECTIONS), len(words))
            yield words[:end]
