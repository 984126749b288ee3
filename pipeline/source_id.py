"""Numbers of sources: unique within an instrument, and the same whenever they are computed."""

from datetime import datetime
from typing import Final

from pipeline.errors import BadInput

SOURCES: Final = 1 << 18
"""Most sources of a detector image, and"""
DETECTORS: Final = 1 << 10
"""most detectors of a camera, that a 64-bit number has room for."""
EXPOSURES: Final = 1 << 34
"""Smallest exposure number that must be a time, YYYYMMDDhhmmss; these are counted from here on, by seconds."""
FIRST: Final = datetime(2000, 1, 1)


def first_source_id(exposure: int, detector: int, count: int) -> int:
    """Give the number before that of the first source: exposure, detector, running number, in 63 bits.

    Parameters
    ----------
    exposure, detector
        Numbers of the image.
    count
        Sources that must fit.

    Raises
    ------
    BadInput
        Raised if a number is too large.
    """
    number = exposure if exposure < EXPOSURES else EXPOSURES + _seconds(exposure)
    if count >= SOURCES or not 0 <= detector < DETECTORS or not 0 <= number < 2 * EXPOSURES:
        raise BadInput(f"{count} sources of exposure {exposure}, detector {detector} do not fit into 64-bit source ids")
    return (number * DETECTORS + detector) * SOURCES


def _seconds(exposure: int) -> int:
    """Give the seconds since 2000 of an exposure that is numbered by its time; more than fit where it is none."""
    try:
        return int((datetime.strptime(str(exposure), "%Y%m%d%H%M%S") - FIRST).total_seconds())
    except ValueError:
        return EXPOSURES
