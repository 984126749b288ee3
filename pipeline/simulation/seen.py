"""The sky at one moment in one band: places, magnitudes, slopes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.simulation.sky import BANDS, YEAR, Objects
from pipeline.simulation.world import Filter

Array = NDArray[np.float64]
RISE = 0.15  # of a pulsation's period
QUICK = 0.25  # time of a transient's rise, against that of its fading


@dataclass(frozen=True)
class Seen:
    """Objects as they are at one moment.

    Attributes
    ----------
    objects
        What they are.
    ra, dec
        Degrees, (n,).
    magnitude
        AB, in the band, (n,).
    slope
        Change of the magnitude with wavelength there (mag / nm), (n,).
    """

    objects: Objects
    ra: Array
    dec: Array
    magnitude: Array
    slope: Array

    def among(self, chosen: NDArray[np.bool_]) -> "Seen":
        """Give some of the objects."""
        return Seen(self.objects[chosen], *(a[chosen] for a in (self.ra, self.dec, self.magnitude, self.slope)))


def seen(objects: Objects, mjd: float, band: str, filters: Mapping[str, Filter]) -> Seen:
    """Give the objects at a time (MJD TAI) in a band of BANDS."""
    years = (mjd - objects["epochMjdTai"]) / YEAR
    dec = objects["dec"] + objects["pmDec"] * years / 3.6e6
    ra = (objects["ra"] + objects["pmRa"] * years / 3.6e6 / np.cos(np.radians(objects["dec"]))) % 360
    here = BANDS.index(band)
    blue, red = BANDS[max(here - 1, 0)], BANDS[min(here + 1, len(BANDS) - 1)]
    slope = (objects[f"{red}Mag"] - objects[f"{blue}Mag"]) / (filters[red].center - filters[blue].center)
    return Seen(objects, ra, dec, objects[f"{band}Mag"] + brightening(objects, mjd), slope)


def brightening(objects: Objects, mjd: float) -> Array:
    """Give how much fainter objects are than in the mean, or at their peak, at a time (mag); infinite before a rise."""
    change = np.zeros(len(objects))
    kind = objects["variability"]
    phase = np.nan_to_num(mjd / objects["period"] + objects["phase"]) % 1
    change = np.where(kind == "sine", objects["amplitude"] / 2 * np.sin(2 * np.pi * phase), change)
    saw = np.where(phase < RISE, 0.5 - phase / RISE, (phase - RISE) / (1 - RISE) - 0.5)
    change = np.where(kind == "pulsation", objects["amplitude"] * saw, change)
    late = np.nan_to_num((mjd - objects["peakMjdTai"]) / objects["period"])
    fading = np.where(late < 0, -late / QUICK, late) * 2.5 / np.log(10)
    return np.where(kind == "transient", fading, change)
