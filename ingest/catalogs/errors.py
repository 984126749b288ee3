"""What can be wrong with a catalog made elsewhere, one sentence each."""

from pathlib import Path

from schema.errors import SkyledgerError


class BadRecipe(SkyledgerError):
    """A recipe that cannot be followed."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(f"{path}: {problem}; docs/foreign_catalogs.md says what a recipe holds")


class BadCatalogFile(SkyledgerError):
    """A file that its recipe does not fit, or that nobody could use."""

    def __init__(self, path: Path, problem: str, remedy: str = "correct the file or the recipe") -> None:
        self.path, self.problem = path, problem
        super().__init__(f"{printable(path.name)}: {problem}; {remedy}")


def printable(path: str | Path) -> str:
    """Give a path as text, also one whose bytes are not UTF-8."""
    return str(path).encode(errors="surrogateescape").decode(errors="replace")


def damaged(path: Path, error: Exception) -> BadCatalogFile:
    """Say that a file, or a page of it, cannot be read."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error).splitlines()[0]
    return BadCatalogFile(path, f"cannot be read ({reason})", "fetch the file again")


class ForeignRun(SkyledgerError):
    """A run that catalogs cannot go into."""

    def __init__(self, name: str, problem: str) -> None:
        self.name, self.problem = name, problem
        super().__init__(f"catalogs cannot go into a run {name[:60]!r}: {problem}")


class UnknownInstrument(SkyledgerError):
    """An instrument of which nothing was ingested."""

    def __init__(self, instrument: str, known: list[str]) -> None:
        self.instrument, self.known = instrument, tuple(known)
        super().__init__(
            f"no exposure of {instrument!r} is registered, only of {', '.join(known) or 'no instrument'}: ingest its "
            "exposures first, or correct the recipe"
        )
