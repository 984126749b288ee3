"""What can be wrong with collections, one sentence each."""

from collections.abc import Sequence
from difflib import get_close_matches

from schema.errors import SkyledgerError

MOST_NAMED = 10  # names in a sentence


class UnknownCollection(SkyledgerError):
    """A collection that nobody made."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name, self.known = name, tuple(known)
        super().__init__(f"there is no collection {name!r}; there are {named(name, known)}")


class CollectionRefused(SkyledgerError):
    """Something that cannot be done with a collection."""

    def __init__(self, name: str, problem: str) -> None:
        self.name, self.problem = name, problem
        super().__init__(f"collection {name!r} cannot be used so: {problem}")


class UnknownDatasets(SkyledgerError):
    """Datasets that are not in the ledger."""

    def __init__(self, given: Sequence[object]) -> None:
        self.given = tuple(given)
        super().__init__(
            f"not in this ledger: dataset {', '.join(map(str, given[:MOST_NAMED]))}; `skyledger datasets` lists what is"
        )


class NoDatasets(SkyledgerError):
    """An empty list of datasets on standard input."""

    def __init__(self) -> None:
        super().__init__("no datasets were given: standard input is empty, and nothing was changed")


class PlaceTaken(SkyledgerError):
    """A dataset whose place in a collection another one has."""

    def __init__(self, name: str, given: object, holder: object, data_id: str) -> None:
        self.name, self.given, self.holder, self.data_id = name, given, holder, data_id
        super().__init__(
            f"dataset {given} cannot enter {name!r}: {holder} is there for {data_id}; take that out, or give --replace"
        )


class HoldsAlready(SkyledgerError):
    """A calibration that is to hold when another one does."""

    def __init__(self, name: str, holder: object, data_id: str, valid: str) -> None:
        self.name, self.holder, self.data_id, self.valid = name, holder, data_id, valid
        super().__init__(
            f"{name!r} has a calibration already: {holder} holds for {data_id} {valid}; "
            "choose another validity, or give --replace"
        )


class BadTime(SkyledgerError):
    """A text that is no time."""

    def __init__(self, text: str, wanted: str) -> None:
        self.text, self.wanted = text, wanted
        super().__init__(f"{text!r} is no time: give {wanted}")


def named(name: str, known: Sequence[str]) -> str:
    """Give the names that somebody may have meant: all of few, the likeliest of many."""
    if len(known) <= MOST_NAMED:
        return ", ".join(known) or "none yet"
    close = get_close_matches(name, known, n=3, cutoff=0.4)
    return f"{len(known)}, for example {', '.join(close or known[:3])}"
