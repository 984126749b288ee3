"""Quantities of a header, each vetted: needed ones refuse the header, others are left out with a remark."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.time import ScaleValueError, Time

from ingest.cameras.errors import ImpossibleValue, MissingKeyword, clip

_FIRST, _LAST = Time([44239.0, 88069.0], format="mjd", scale="tai")  # 1980-01-01 and 2100-01-01
# What translators, stock ones and astropy raise for a value that they cannot digest.
MISTAKES = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError, ScaleValueError)


class Translator(Protocol):
    """What all translators of headers have besides their ``to_`` methods."""

    keywords: ClassVar[Mapping[str, tuple[str, ...]]]  # those behind each quantity, for sentences
    exposure_rule: ClassVar[str]  # what the keywords of ``exposure_id`` must be
    own_header: ClassVar[str]  # tells the headers of single detectors; '' where there are none

    def __init__(self, header: Mapping[str, Any]) -> None: ...


class Quantities:
    """Asks a translator for quantities by name, and collects remarks.

    Parameters
    ----------
    path, cards
        The file and its keywords, for sentences.
    translator
        Reads the keywords.
    """

    def __init__(self, path: Path, cards: Mapping[str, Any], translator: Translator) -> None:
        self._path, self._cards, self._translator = path, cards, translator
        self.remarks: list[str] = []

    def needed(self, name: str, vetted: Callable[[Any], Any], rule: str) -> Any:
        """Give a quantity without which there is no description.

        Parameters
        ----------
        name
            The translator's method without ``to_``.
        vetted
            Makes the value plain; ValueError where it cannot be true.
        rule
            What must hold, for the sentence.

        Raises
        ------
        MissingKeyword, ImpossibleValue
        """
        try:
            value = getattr(self._translator, f"to_{name}")()
            if value is not None:
                return vetted(value)
        except MISTAKES as error:
            if self._are_there(name):
                raise ImpossibleValue(self._path, self._keywords(name), self._told(name), rule) from error
        raise MissingKeyword(self._path, self._keywords(name))

    def optional(self, name: str, vetted: Callable[[Any], Any], rule: str) -> Any:
        """Give a quantity, or None: where a keyword says what cannot be true, with a remark."""
        try:
            return self.needed(name, vetted, rule)
        except MissingKeyword:
            return None
        except ImpossibleValue as error:
            self.remarks.append(f"{error.keyword} is {clip(error.value)}, not {rule}")
            return None

    def _keywords(self, name: str) -> str:
        return ", ".join(self._translator.keywords.get(name, (name,)))

    def _told(self, name: str) -> str:
        told = [str(self._cards[k]) for k in self._translator.keywords.get(name, (name,)) if k in self._cards]
        return ", ".join(told)

    def _are_there(self, name: str) -> bool:
        return bool(self._told(name))


def number_from(low: float, high: float) -> Callable[[Any], float]:
    """Give a vetter for a number, or a quantity in seconds, within limits."""

    def vetted(value: Any) -> float:
        number = float(value.to_value(u.s) if isinstance(value, u.Quantity) else value)
        if not low <= number <= high:
            raise ValueError(number)
        return number

    return vetted


def identifier(value: Any) -> int:
    """Vet a positive number of 63 bits."""
    if int(value) != float(value) or not 0 < int(value) < 2**63:
        raise ValueError(value)
    return int(value)


def detector(value: Any) -> int:
    """Vet a detector's number."""
    number = int(value)
    if not 0 <= number < 1000:
        raise ValueError(number)
    return number


def date(value: Any) -> Time:
    """Vet a start from 1980 to 2100."""
    if not _FIRST <= value.tai <= _LAST:
        raise ValueError(value)
    return value.tai


def position(value: SkyCoord) -> tuple[float, float]:
    """Vet a position, and give it in ICRS (deg)."""
    icrs = value.icrs
    if not (math.isfinite(icrs.ra.deg) and math.isfinite(icrs.dec.deg)):
        raise ValueError(value)
    return float(icrs.ra.deg), float(icrs.dec.deg)


def text(value: Any) -> str:
    """Vet a text: one line that is not empty."""
    line = " ".join(str(value).split())
    if not line or not line.isprintable():
        raise ValueError(value)
    return line
