"""What can be wrong with the database or the store, one sentence each."""

from pathlib import Path
from typing import Any


class SkyledgerError(Exception):
    """Something that the user can mend; its sentence is all that they need."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel from one process to another as it is; by default an error is made anew from its sentence alone."""
        return _again, (type(self), self.args), self.__dict__


class OutdatedSchema(SkyledgerError):
    """The database is not at the revision that this code needs."""

    def __init__(self, found: str | None, needed: str) -> None:
        self.found, self.needed = found, needed
        state = "holds no ledger yet: run `skyledger init`" if found is None else f"is at revision {found}"
        remedy = "" if found is None else f", this code needs {needed}: run `skyledger migrate`"
        super().__init__(f"the database {state}{remedy}")


class LedgerInUse(SkyledgerError):
    """A ledger that others work in while it is to be upgraded."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(
            f"the ledger is in use and was not upgraded ({problem}); nothing has changed: stop workers, loads and long "
            "queries, and repeat"
        )


class NoDatabase(SkyledgerError):
    """The database does not answer."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the database does not answer ({reason}); see `skyledger doctor`")


class StoreFull(SkyledgerError):
    """The disk of the store is full."""

    def __init__(self, root: Path) -> None:
        self.root = root
        super().__init__(f"no space is left in the store {root}: free some or set SKYLEDGER_STORE; nothing was lost")


class StoreBroken(SkyledgerError):
    """A file in the store is not what the ledger says."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(f"the stored file {path} {problem}; restore it from a copy, or ingest the original again")


def _again(kind: type[SkyledgerError], args: tuple[Any, ...]) -> SkyledgerError:
    """Make an error that another process raised; its values follow."""
    return kind.__new__(kind, *args)
