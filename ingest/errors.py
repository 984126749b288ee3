"""What can be wrong with what comes in, one sentence each."""

from pathlib import Path

from schema.errors import SkyledgerError


class NothingToIngest(SkyledgerError):
    """Paths that hold no file."""

    def __init__(self, paths: list[Path], suffixes: tuple[str, ...]) -> None:
        self.paths, self.suffixes = paths, suffixes
        where, wanted = ", ".join(map(str, paths)), ", ".join(suffixes)
        super().__init__(f"no file found in {where}: give files, or folders with files of {wanted}")


class BadCompany(SkyledgerError):
    """A file that does not fit to what the ledger knows of its exposure; ``path`` names it."""

    path: Path


class MissingExposure(BadCompany):
    """A mask, weight or series of stamps, which cannot describe its exposure, and no image of that has come."""

    def __init__(self, path: Path, exposure: int) -> None:
        self.path, self.exposure = path, exposure
        super().__init__(
            f"{path.name}: tells too little of exposure {exposure}, and no image or raw frame of it is registered; "
            "ingest one, together with this file or before"
        )


class ContradictingExposure(BadCompany):
    """A file that says something else about an exposure than the ledger."""

    def __init__(self, path: Path, exposure: int, column: str, known: object, given: object) -> None:
        self.path, self.exposure, self.column, self.known, self.given = path, exposure, column, known, given
        remedy = "correct the header of the file that is wrong, or give a header correction"
        if known is None:
            remedy = "what is registered as unknown stays so, because results may stand on it already"
        super().__init__(
            f"{path.name}: exposure {exposure} is registered with {column} {known or 'unknown'}, "
            f"the file says {given}; {remedy}"
        )


class BadReferenceFile(SkyledgerError):
    """A reference catalog that cannot be taken in."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(f"{path.name}: {problem}; fetch the file again, or see ingest/refcats for what is read")
