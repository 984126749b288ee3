"""Lexer of conditions on datasets."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from queries.datasets.errors import BadExpression

WORDS = {"and", "or", "not", "in", "like", "glob", "is", "null", "between", "overlaps", "true", "false"}
TOKEN = re.compile(
    r"""(?P<blank>\s+)
      | (?P<time>[Tt]'[^']*')
      | (?P<text>'(?:[^']|'')*')
      | (?P<bind>:[A-Za-z_]\w*)
      | (?P<range>\.\.)
      | (?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<operator><=|>=|!=|<>|==|[=<>])
      | (?P<mark>[(),.:+-])""",
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True)
class Token:
    """A piece of the text; keywords are of the kind `word`, and the end of the text is one of the kind `end`."""

    kind: str
    text: str
    at: int


def tokens(text: str) -> Iterator[Token]:
    """Cut a text into pieces.

    Raises
    ------
    BadExpression
        Raised at a character that begins nothing.
    """
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise BadExpression(text, at, _unread(text[at]))
        kind = str(found.lastgroup)
        if kind == "name" and found[0].lower() in WORDS:
            yield Token("word", found[0].lower(), at)
        elif kind != "blank":
            yield Token(kind, found[0], at)
        at = found.end()
    yield Token("end", "", len(text))


def _unread(character: str) -> str:
    """Say why nothing begins with a character."""
    if character == "'":
        return "the quote is never closed"
    if character == '"':
        return "names need no quotes, and texts take single ones"
    return f"{character!r} means nothing here"


def storable(text: str) -> bool:
    """Tell whether the database can take a text: no NUL, and no bytes of a command line that are no UTF-8."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
