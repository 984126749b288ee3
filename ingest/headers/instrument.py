"""Instruments as data: how their headers are known, their bands and detectors."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from ingest.cameras.camera import Camera, load_cameras

_TELL_THE_NIGHT = ("latiss", "lsst", "simulation", "test_stand")


class _Definition(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Band(_Definition):
    """Band of the filters whose whole name fits a pattern; the band may name a group of it, as re.Match.expand does."""

    pattern: str
    band: str


class Rafts(_Definition):
    """Detectors in rafts, named RAFT_SLOT; each raft has every slot."""

    rafts: tuple[str, ...]
    slots: tuple[str, ...]


class Instrument(_Definition):
    """What is fixed about an instrument's headers.

    Attributes
    ----------
    name
        Instrument name. Where it is that of a camera of ``ingest/cameras``, what the camera's YAML says holds here:
        its filters, its standard time and, where ``recognize`` is empty, the keywords that tell it.
    description
        Instrument, telescope or test stand, and who writes these headers.
    recognize
        Any one of these tells the instrument: patterns that the whole values of keywords fit; '' fits a missing one.
    translator
        Class that reads the headers, as ``TRANSLATORS`` names it.
    utc_offset_hours
        Standard time of the site minus UTC (h); None where the camera says it or the header says the night.
    bands
        Bands of filters that no camera lists; the first that fits.
    detectors
        Numbered from 0 in this order.
    """

    name: str
    description: str
    recognize: tuple[dict[str, str], ...] = ()
    translator: Literal[
        "decam", "hsc", "latiss", "lsst", "megaprime", "sdss_fpc", "simulation", "suprimecam", "test_stand"
    ]
    utc_offset_hours: float | None = None
    bands: tuple[Band, ...] = ()
    detectors: tuple[Rafts, ...] = ()

    @property
    def camera(self) -> Camera | None:
        """The camera of the same name whose files can be ingested."""
        return load_cameras().get(self.name)

    @property
    def night_offset_hours(self) -> float | None:
        """Standard time of the site minus UTC (h), the camera's first; None where the header says the night."""
        if self.translator in _TELL_THE_NIGHT:
            return None
        return self.camera.utc_offset_hours if self.camera else self.utc_offset_hours

    def fits(self, cards: Mapping[str, Any]) -> bool:
        """Whether a header is this instrument's."""
        if not self.recognize and self.camera:
            return self.camera.recognizes(cards)
        return any(
            all(re.fullmatch(pattern, str(cards.get(keyword, "")).strip()) for keyword, pattern in rule.items())
            for rule in self.recognize
        )

    def band(self, physical_filter: str) -> str:
        """Look up the band of a filter; '' where none is known."""
        known = self.camera.filter(physical_filter) if self.camera else None
        if known:
            return known.band
        for rule in self.bands:
            if match := re.fullmatch(rule.pattern, physical_filter):
                return match.expand(rule.band)
        return ""

    def detector_number(self, name: str) -> int | None:
        """Look a detector up by its name."""
        names = [f"{raft}_{slot}" for group in self.detectors for raft in group.rafts for slot in group.slots]
        return names.index(name) if name in names else None


@cache
def instruments() -> dict[str, Instrument]:
    """Load every instrument's YAML, by name.

    Raises
    ------
    pydantic.ValidationError
        A YAML file does not fit the model.
    """
    files = sorted((Path(__file__).parent / "instruments").glob("*.yaml"))
    loaded = [Instrument.model_validate(yaml.safe_load(file.read_text())) for file in files]
    return {instrument.name: instrument for instrument in loaded}


def detector_name(camera: Camera | None, number: int | None) -> str:
    """Look a detector's name up by its number; '' where the camera does not list it."""
    found = camera.detector(number) if camera and number is not None else None
    return found.name if found else ""
