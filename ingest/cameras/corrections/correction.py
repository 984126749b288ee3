"""Header corrections: which keywords of which files are wrong, what is right, and who says so."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ingest.cameras.errors import BadCorrections
from ingest.cameras.wcs import COEFFICIENT

# What tells how the bytes are laid out, and what the sky is solved from, is no matter of words.
_FIXED = re.compile(
    r"(SIMPLE|XTENSION|Z?BITPIX|Z?NAXIS\d*|PCOUNT|GCOUNT|BSCALE|BZERO|BLANK|ZIMAGE|TFIELDS|TFORM\d+|TTYPE\d+"
    r"|CTYPE\d|CUNIT\d|WAT\d_\d+)"
)


@dataclass(frozen=True)
class Change:
    """What became of one keyword of one file.

    Attributes
    ----------
    keyword
        Keyword.
    header_value
        What the file says; None where it says nothing.
    value
        What is taken instead; None where nobody knows.
    reason
        Why, and who says so.
    """

    keyword: str
    header_value: Any
    value: Any
    reason: str


class Replacement(BaseModel):
    """What is right instead of what a keyword says; None: nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Any
    reason: str = Field(min_length=10)

    @field_validator("value")
    @classmethod
    def _is_of_a_header(cls, value: Any) -> Any:
        if value is not None and not isinstance(value, (str, bool, int, float)):
            raise ValueError("it must be text, a number, true, false or null; dates are text: put them in quotes")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError("it must be a finite number, or null where nobody knows")
        return value


class Correction(BaseModel):
    """What is wrong in the header of some files, known by their name (a shell pattern), their SHA-256, or both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    sha256: str = Field("", pattern=r"^([0-9a-f]{64})?$")
    keywords: dict[str, Replacement] = Field(min_length=1)

    @model_validator(mode="after")
    def _can_be_applied(self) -> Self:
        if not self.name and not self.sha256:
            raise ValueError("give the name of the files, their sha256, or both")
        for keyword in self.keywords:
            if keyword != keyword.upper():
                raise ValueError(f"{keyword} is no keyword of FITS, which are in capitals")
            if _is_fixed(keyword):
                raise ValueError(f"{keyword} cannot be corrected: it says how the bytes or the WCS are to be read")
        return self

    def fits(self, path: Path, named: str) -> bool:
        """Tell whether it is about a file; its bytes are read only where the name does not decide already."""
        if self.name and not fnmatchcase(named, self.name):
            return False
        return not self.sha256 or sha256(path.read_bytes()).hexdigest() == self.sha256


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    corrections: tuple[Correction, ...]


def read_corrections(path: Path) -> tuple[Correction, ...]:
    """Read a correction file.

    Raises
    ------
    BadCorrections
        It is no YAML, or says something that is not understood.
    """
    try:
        return _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).corrections
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(str(place) for place in first["loc"])
        raise BadCorrections(path, f"{where or 'the file'}: {first['msg']}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadCorrections(path, f"it is no YAML ({' '.join(str(error).split())[:80]})") from error
    except OSError as error:
        raise BadCorrections(path, error.strerror or "it cannot be read") from error


@cache
def shipped_corrections() -> tuple[Correction, ...]:
    """Give the corrections beside this module."""
    files = sorted(Path(__file__).parent.glob("*.yaml"))
    return tuple(correction for file in files for correction in read_corrections(file))


def recorded(changes: Iterable[Mapping[str, Any]] | None) -> tuple[Correction, ...] | None:
    """Give the correction that was recorded with a file when it came in, for that file alone; None where nobody did."""
    if changes is None:
        return None
    keywords = {change["keyword"]: Replacement(value=change["value"], reason=change["reason"]) for change in changes}
    return (Correction(name="*", sha256="", keywords=keywords),) if keywords else ()


def record(changes: Sequence[Change]) -> list[dict[str, Any]] | None:
    """Give changes as JSON can hold them; None for no change."""
    return [asdict(change) for change in changes] or None


def _is_fixed(keyword: str) -> bool:
    """Tell whether a keyword is of the structure or of the WCS."""
    return COEFFICIENT.fullmatch(keyword) is not None or _FIXED.fullmatch(keyword) is not None
