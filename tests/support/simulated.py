"""Small simulated surveys, and detectors without faults."""

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.cameras.camera import Camera, Detector
from pipeline.simulation.config import SurveyConfig
from pipeline.simulation.effects import Effects
from pipeline.simulation.exposures import Exposure
from pipeline.simulation.survey import Survey, survey_of
from pipeline.simulation.world import Conditions, Counts, SkyConfig

PERFECT = Effects(
    vignetting=0, prnu=0, dark_current=0, hot_pixels=0, defects=0, cosmic_rays=0, brighter_fatter=0, bleeding=False,
    gain_scatter=0, nonlinearity=False, crosstalk=0, bias_structure=0, overscan_drift=0, read_noise=False,
)  # fmt: skip
STILL = Conditions(
    seeing_scatter=0, ellipticity=0, variation=0, turbulence=0, distortion=0, transparency_scatter=0, sky_gradient=0,
    refraction=False,
)  # fmt: skip
SKY = SkyConfig(
    ra=150.1,
    dec=-20.2,
    radius=0.012,
    stars=Counts(density=300_000, bright=15, faint=22, slope=0.2),
    galaxies=Counts(density=300_000, bright=18, faint=23, slope=0.3),
    variable_fraction=0.2,
)


def body(camera: Camera, /, **said: Any) -> dict[str, Any]:
    """Give the description of a survey of a small crowded disc, as a YAML file would."""
    standard = {
        "name": "small",
        "seed": 3,
        "camera": camera.name,
        "nights": [date(2026, 3, 1)],
        "sky": SKY.model_dump(mode="json"),
        "science": {"dither": 2.0},
    }
    return standard | said


def survey(camera: Camera, /, **said: Any) -> Survey:
    """Give that survey, planned."""
    return survey_of(SurveyConfig.model_validate(body(camera, **said)), camera)


def first(planned: Survey, observation_type: str) -> Exposure:
    """Give the first exposure of a type."""
    return next(one for one in planned.exposures if one.observation_type == observation_type)


def trimmed(camera: Camera, detector: Detector, raw: dict[str, NDArray[np.uint16]]) -> NDArray[np.float64]:
    """Put the pixels that see the sky where they are on the detector, less the level of each amplifier (adu)."""
    image = np.full((detector.ny, detector.nx), np.nan)
    for one in camera.amplifiers_of(detector):
        assert one.horizontal_overscan is not None
        level = np.median(raw[one.hdu][_index(one.horizontal_overscan)])
        flip = tuple(slice(None, None, 1 if a <= b else -1) for a, b in (one.detector.y, one.detector.x))
        image[_index(one.detector)] = (raw[one.hdu][_index(one.data)] - level)[flip]
    return image


def _index(section: Any) -> tuple[slice, slice]:
    return slice(min(section.y) - 1, max(section.y)), slice(min(section.x) - 1, max(section.x))
