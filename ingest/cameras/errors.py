"""Errors for exposure files: one sentence with the file, the place and the remedy."""

from pathlib import Path

from schema.errors import SkyledgerError


def clip(value: object, width: int = 48) -> str:
    """Show a value on one line, cut to a width, so that a damaged card cannot flood the sentence."""
    text = "".join(c if c.isprintable() else "?" for c in str(value))
    return repr(text if len(text) <= width else text[: width - 3] + "...")


class BadExposureFile(ValueError):
    """A file that cannot be taken in.

    Attributes
    ----------
    path
        The file.
    problem
        What is wrong with it.
    remedy
        What to do about it.
    """

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        self.path = path
        self.problem = problem
        self.remedy = remedy
        name = path.name if len(path.name) <= 80 else path.name[:77] + "..."
        super().__init__(f"{name}: {problem}; {remedy}")


class NotAnExposure(BadExposureFile):
    """Not a FITS file at all: a folder, an empty file, text."""

    def __init__(self, path: Path, what: str) -> None:
        self.what = what
        super().__init__(path, what, "give a FITS image of a known camera")


class DamagedFile(BadExposureFile):
    """Bytes that are missing, changed or undecodable."""

    def __init__(self, path: Path, where: str, what: str) -> None:
        self.where = where
        self.what = what
        super().__init__(path, f"{where} {what}", "the file is damaged, fetch it again")


class MissingKeyword(BadExposureFile):
    """A keyword without which the exposure cannot be described."""

    def __init__(self, path: Path, keyword: str) -> None:
        self.keyword = keyword
        super().__init__(path, f"keyword {keyword} is missing or unreadable", "fetch the file again or add the keyword")


class ImpossibleValue(BadExposureFile):
    """A keyword whose value cannot be true."""

    def __init__(self, path: Path, keyword: str, value: object, rule: str) -> None:
        self.keyword = keyword
        self.value = value
        self.rule = rule
        super().__init__(path, f"{keyword} is {clip(value)} but must be {rule}", "correct the header")


class UnknownCamera(BadExposureFile):
    """A header that no camera's YAML recognizes."""

    def __init__(self, path: Path, says: str, known: list[str]) -> None:
        self.says = says
        self.known = known
        super().__init__(path, f"unknown camera ({says})", f"skyledger cameras shows the {len(known)} that are known")


class UnknownProduct(BadExposureFile):
    """A file of a known camera that is not a calibrated image, mask or weight."""

    def __init__(self, path: Path, says: str, expected: str) -> None:
        self.says = says
        self.expected = expected
        super().__init__(path, says, f"only {expected} are taken in")


class UnknownFilter(BadExposureFile):
    """A filter that the camera's YAML does not list."""

    def __init__(self, path: Path, name: str, yaml: str) -> None:
        self.name = name
        self.yaml = yaml
        super().__init__(path, f"unknown filter {clip(name)}", f"add it to {yaml} if it is real")


class UnknownDetector(BadExposureFile):
    """A detector that the camera's YAML does not list, or lists under another name."""

    def __init__(self, path: Path, problem: str, yaml: str) -> None:
        self.yaml = yaml
        super().__init__(path, problem, f"see the detectors in {yaml}")


class BadWcs(BadExposureFile):
    """A world coordinate system from which no footprint follows."""

    def __init__(self, path: Path, part: str, what: str) -> None:
        self.part = part
        self.what = what
        where = f"WCS of HDU {clip(part)}" if part else "WCS"
        super().__init__(path, f"{where} {what}", "its footprint is unknown until it is solved again")


class NotKnown(BadExposureFile):
    """A keyword that a header correction gives up, where its camera cannot do without."""

    def __init__(self, path: Path, keyword: str, camera: str) -> None:
        self.keyword = keyword
        self.camera = camera
        problem = f"keyword {keyword} is given up by a header correction, but no image of {camera} can do without"
        super().__init__(path, problem, "find out what is true and write it into the correction file")


class BadCorrections(SkyledgerError):
    """A file of header corrections that cannot be used."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(f"the header corrections {path} cannot be used: {problem}; see docs/cameras.md")
