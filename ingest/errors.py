"""What can be wrong with what comes in, one sentence each."""

from pathlib import Path

from schema.errors import SkyledgerError


class NothingToIngest(SkyledgerError):
    """Paths that hold no file."""

    def __init__(self, paths: list[Path]) -> None:
        self.paths = paths
        super().__init__(f"no file found in {', '.join(map(str, paths))}: give FITS files, or folders with FITS files")


class ContradictingExposure(SkyledgerError):
    """A file that says something else about an exposure than the ledger."""

    def __init__(self, path: Path, exposure: int, column: str, known: object, given: object) -> None:
        self.path, self.exposure, self.column, self.known, self.given = path, exposure, column, known, given
        super().__init__(
            f"{path.name}: exposure {exposure} is registered with {column} {known}, the file says {given}; "
            "correct the header of the file that is wrong"
        )


class BadReferenceFile(SkyledgerError):
    """A reference catalog that cannot be taken in."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(
            f"{path.name}: {problem}; give the Gaia DR2 chunks of the Legacy Surveys (HEALPix nside 32, ring)"
        )
