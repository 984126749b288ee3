"""Surveys to simulate: what a YAML file may say, and its defaults."""

from datetime import date
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import Field, NonNegativeFloat, PositiveFloat, ValidationError, model_validator

from pipeline.simulation.effects import Effects
from pipeline.simulation.errors import BadSurvey
from pipeline.simulation.world import FILTERS, Conditions, Count, Degrees, Filter, Part, Site, SkyConfig


class Science(Part):
    """Science exposures of each night.

    Attributes
    ----------
    filters
        Names of the camera's filters.
    exposure_time
        In seconds.
    visits
        Exposures of each filter.
    dither
        Radius within which the boresight is scattered about the center of the sky (arcsec).
    rotations
        Position angles of the camera, taken in turn (deg).
    pause
        Between the end of an exposure and the next one (s).
    """

    filters: tuple[str, ...] = ("g", "r")
    exposure_time: PositiveFloat = 30.0
    visits: Count = 2
    dither: NonNegativeFloat = 60.0
    rotations: Annotated[tuple[Degrees, ...], Field(min_length=1)] = (0.0, 90.0)
    pause: NonNegativeFloat = 30.0


class Calibrations(Part):
    """Calibration exposures of the first night.

    Attributes
    ----------
    bias, darks, flats
        How many; flats of each filter of the science exposures.
    dark_time
        Of one dark (s).
    flat_level
        Mean of a flat (e).
    lamp
        Light that falls on a flat (e/s); the exposure time does the rest.
    pairs, pair_range
        Pairs of flats for the photon-transfer curve, in the first filter, and the levels between which they are spaced
        evenly in the logarithm (e).
    """

    bias: Count = 5
    darks: Count = 5
    dark_time: PositiveFloat = 300.0
    flats: Count = 5
    flat_level: PositiveFloat = 40000.0
    lamp: PositiveFloat = 4000.0
    pairs: Count = 0
    pair_range: tuple[PositiveFloat, PositiveFloat] = (500.0, 120000.0)


class SurveyConfig(Part):
    """A survey; the same one gives the same pixels, bit for bit.

    Attributes
    ----------
    name
        Of the survey; its run in the ledger is called after it.
    camera
        Instrument name of a camera whose definition has amplifiers.
    nights
        Evening dates.
    detectors
        Numbers of those to simulate; all unless given.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    seed: Count = 0
    camera: str
    nights: Annotated[tuple[date, ...], Field(min_length=1)]
    sky: SkyConfig
    site: Site = Site()
    filters: dict[str, Filter] = FILTERS
    conditions: Conditions = Conditions()
    effects: Effects = Effects()
    science: Science = Science()
    calibrations: Calibrations = Calibrations()
    detectors: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _filters_are_described(self) -> Self:
        if unknown := [name for name in self.science.filters if name not in self.filters]:
            described = ", ".join(self.filters)
            raise ValueError(f"science.filters: {unknown[0]} is not described; the survey has {described}")
        if self.calibrations.pairs and not self.science.filters:
            raise ValueError("calibrations.pairs: flats need a filter; name one in science.filters")
        if list(self.nights) != sorted(set(self.nights)):
            raise ValueError("nights: give each night once, in order")
        return self


def read_survey(path: Path) -> SurveyConfig:
    """Read the description of a survey.

    Raises
    ------
    BadSurvey
        Raised if the file is missing or no YAML, or for the first thing in it that is wrong.
    """
    try:
        return SurveyConfig.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadSurvey(path, f"cannot be read ({error.strerror})") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        problem = first["msg"].removeprefix("Value error, ")
        raise BadSurvey(path, f"{place}: {problem}" if place else problem) from error
    except (yaml.YAMLError, UnicodeError) as error:
        raise BadSurvey(path, f"is no YAML ({' '.join(str(error).split())})") from error
