"""What can be wrong with dimension records, one sentence each."""

from pathlib import Path

from schema.errors import SkyledgerError


class BadRecords(SkyledgerError):
    """A file of dimension records that cannot be taken in."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(f"{path.name}: {problem}")


class ContradictingRecord(SkyledgerError):
    """A record that says something else than the ledger."""

    def __init__(self, path: Path, element: str, key: str, column: str, known: object, given: object) -> None:
        self.path, self.element, self.key, self.column, self.known, self.given = (
            path,
            element,
            key,
            column,
            known,
            given,
        )
        super().__init__(
            f"{path.name}: {element} {key} has {column} {known} in the ledger, and {given} in the file; nothing of the "
            "file was taken in: what exists keeps what it is, so correct the file, or give the new one another name"
        )
