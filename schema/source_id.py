"""Numbers of sources: unique within an instrument, and the same whenever they are computed."""

from datetime import datetime
from typing import Final

from schema.errors import SkyledgerError

SOURCES: Final = 1 << 18
"""Most sources of a detector image, and"""
DETECTORS: Final = 1 << 10
"""most detectors of a camera, that a 64-bit number has room for."""
EXPOSURES: Final = 1 << 34
"""Smallest exposure number that must be a time, YYYYMMDDhhmmss, or a night and a number, YYYYMMDDnnnnn; these are
counted from here on."""
FIRST: Final = datetime(2000, 1, 1)
DAY: Final = 8  # digits of a date


class SourceIdsFull(SkyledgerError):
    """Numbers of an image, or sources, for which a 64-bit number has no room."""

    def __init__(self, exposure: int, detector: int, count: int) -> None:
        self.exposure, self.detector, self.count = exposure, detector, count
        super().__init__(
            f"{count} sources of exposure {exposure}, detector {detector} do not fit into 64-bit source ids"
        )


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
    SourceIdsFull
        Raised if a number is too large.
    """
    number = exposure if exposure < EXPOSURES else EXPOSURES + _counted(exposure)
    if count >= SOURCES or not 0 <= detector < DETECTORS or not 0 <= number < 2 * EXPOSURES:
        raise SourceIdsFull(exposure, detector, count)
    return (number * DETECTORS + detector) * SOURCES


def _counted(exposure: int) -> int:
    """Give the seconds since 2000 of an exposure that is numbered by its time; more than fit where it is none.

    LSST cameras count the exposures of a night, YYYYMMDDnnnnn: theirs have 100,000 places for each night since 2000.
    """
    text = str(exposure)
    try:
        if len(text) == DAY + 5:
            return (datetime.strptime(text[:DAY], "%Y%m%d") - FIRST).days * 100_000 + int(text[DAY:])
        return int((datetime.strptime(text, "%Y%m%d%H%M%S") - FIRST).total_seconds())
    except ValueError:
        return EXPOSURES
