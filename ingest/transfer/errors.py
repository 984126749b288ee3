"""What can be wrong with a transfer, one sentence each."""

from pathlib import Path

from schema.errors import SkyledgerError


class NoSuchRun(SkyledgerError):
    """A run that cannot be exported."""

    def __init__(self, run: str, problem: str) -> None:
        self.run, self.problem = run, problem
        super().__init__(f"run {run} {problem}")


class BadTransfer(SkyledgerError):
    """A folder that is no export, or was changed since."""

    def __init__(self, folder: Path, problem: str) -> None:
        self.folder, self.problem = folder, problem
        super().__init__(f"{folder}: {problem}; nothing was imported")


class TransferConflict(SkyledgerError):
    """Something that both ledgers have, and that is not the same."""

    def __init__(self, what: str, key: str, column: str, known: object, given: object) -> None:
        self.what, self.key, self.column, self.known, self.given = what, key, column, known, given
        super().__init__(
            f"{what} {key} has {column} {known} in this ledger, and {given} in what comes; nothing was imported"
        )


class RunGoesOn(SkyledgerError):
    """A run that is worked on here, while what comes was done elsewhere."""

    def __init__(self, run: str) -> None:
        self.run = run
        super().__init__(
            f"run {run} goes on in this ledger, and more of it was done elsewhere: "
            f"wait for its end or `skyledger cancel {run}`, and import again; nothing was imported"
        )


class NoRoom(SkyledgerError):
    """A folder that has no room for an export."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"no space is left in {folder}: free some and export again; files that are there are kept")
