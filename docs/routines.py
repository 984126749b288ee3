"""Functions and views, read from the text of the SQL that makes them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

FUNCTION = re.compile(
    r"create function (?P<name>\w+\.\w+)\s*\((?P<arguments>.*?)\)\s*returns (?P<returns>table \(.*?\)|\w+(?:\[\])?)\s",
    re.DOTALL,
)
COMMENT = re.compile(r"comment on (?P<kind>function|view|column) (?P<name>[\w.]+) is\s+'(?P<text>(?:[^']|'')*)'")


@dataclass(frozen=True)
class Function:
    """A function: its full name, `(arguments) → result`, its comment, and whether it runs as the owner."""

    name: str
    signature: str
    comment: str
    definer: bool


@dataclass(frozen=True)
class View:
    """A view and the comments of its columns, in order."""

    name: str
    comment: str
    columns: dict[str, str]


def functions(sql: str) -> Iterator[Function]:
    """Give the functions that a script makes."""
    comments = {found["name"]: _unquoted(found["text"]) for found in COMMENT.finditer(sql)}
    for found in FUNCTION.finditer(sql):
        # What follows up to the body says how it runs.
        header = sql[found.end() : sql.index("$$", found.end())]
        signature = " ".join(f"({found['arguments'].strip()}) → {found['returns']}".split())
        yield Function(found["name"], signature, comments[found["name"]], "security definer" in header)


def view(sql: str) -> View:
    """Give the view that a script makes."""
    comments = [(found["kind"], found["name"], _unquoted(found["text"])) for found in COMMENT.finditer(sql)]
    ((name, comment),) = [(name, text) for kind, name, text in comments if kind == "view"]
    return View(name, comment, {n.rpartition(".")[2]: text for kind, n, text in comments if kind == "column"})


def _unquoted(text: str) -> str:
    return text.replace("''", "'")
