"""What can be wrong with a question for datasets, one sentence each."""

from collections.abc import Iterable
from difflib import get_close_matches

from schema.errors import SkyledgerError

AROUND = 30  # characters of the text that are quoted on either side of the place
FEW = 8  # names that are all given


class BadExpression(SkyledgerError):
    """A condition on datasets that cannot be read, with the place in it."""

    def __init__(self, text: str, place: int, problem: str) -> None:
        self.text, self.place, self.problem = text, place, problem
        before, after = text[max(0, place - AROUND) : place], text[place : place + AROUND]
        quoted = f"{'…' if place > AROUND else ''}{before}^{after}{'…' if len(text) > place + AROUND else ''}"
        super().__init__(f"{problem}, at ^ in: {' '.join(quoted.split())}")


class BadSearch(SkyledgerError):
    """Something else that is wrong with a question for datasets."""


class UnknownSavedQuery(SkyledgerError):
    """A saved query that nobody saved."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name, self.known = name, tuple(known)
        super().__init__(f"there is no saved query {name!r}; there are {', '.join(self.known) or 'none yet'}")


class Ambiguous(SkyledgerError):
    """An answer with several datasets for one place, which a collection cannot hold."""

    def __init__(self, name: str, data_id: str) -> None:
        self.name, self.data_id = name, data_id
        super().__init__(
            f"the answer to {name!r} has several datasets of a type for {data_id}, and a collection holds one: "
            "ask within a collection, without --all"
        )


def suggest(kind: str, name: str, known: Iterable[str]) -> str:
    """Say that there is no such thing, and what may have been meant."""
    names = sorted(known)
    close = get_close_matches(name, names, n=2, cutoff=0.6)
    if close:
        hint = f"; did you mean {' or '.join(close)}"
    elif not names:
        hint = "; there is none yet"
    elif len(names) <= FEW:
        hint = f"; there are {', '.join(names)}"
    else:
        hint = f"; there are {', '.join(names[:FEW])} and {len(names) - FEW} more"
    return f"no {kind} {name!r}{hint}"
