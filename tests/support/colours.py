"""The colour terms that the pipeline ships."""

from collections.abc import Mapping

from pipeline.definition import read
from pipeline.tasks.calibrate import CalibrateConfig


def colour_terms(instrument: str) -> Mapping[str, tuple[float, ...]]:
    """Give band to coefficients, as `single_frame` uses them for an instrument."""
    config = read("single_frame").config("calibrate", instrument)
    assert isinstance(config, CalibrateConfig)
    return config.colour_terms
