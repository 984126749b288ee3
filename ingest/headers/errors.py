"""Errors for header files: one sentence with the file, the keyword and the remedy."""

from pathlib import Path

from ingest.cameras.errors import BadExposureFile


class NotAHeader(BadExposureFile):
    """A file in which no header can be found."""

    def __init__(self, path: Path, what: str) -> None:
        self.what = what
        super().__init__(path, what, "give FITS files, or headers as text, YAML or JSON")


class UnknownInstrument(BadExposureFile):
    """A header that no instrument's YAML recognizes."""

    def __init__(self, path: Path, says: str, known: list[str]) -> None:
        self.says = says
        self.known = known
        super().__init__(path, f"unknown instrument ({says})", f"known are {', '.join(known)}")
