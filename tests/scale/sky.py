"""The sky of a made-up survey: where its fields, detectors and stars are."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schema.sky import healpix29

VISITS_PER_FIELD = 25  # that a field gets, one after the other
SIDE = 0.2  # of a detector's image [deg]

Floats = NDArray[np.float64]


def field_center(field: int) -> tuple[float, float]:
    """Give right ascension and declination of a field [deg], spread evenly between declination -70 and 10."""
    height = np.sin(np.radians(-70)) + (field * 0.6180339887 % 1) * (np.sin(np.radians(10)) - np.sin(np.radians(-70)))
    return field * 137.50776 % 360, float(np.degrees(np.arcsin(height)))


def positions(visit: int, detectors: NDArray[np.int64], east: Floats, north: Floats) -> dict[str, NDArray[Any]]:
    """Give the sky columns of points in detector images.

    Parameters
    ----------
    detectors, east, north
        Detector of each point, from 1, and where on it the point is, from 0 to 1.
    """
    across = 14  # detectors in a row
    ra, dec = field_center(visit // VISITS_PER_FIELD)
    dec_of = dec + SIDE * ((detectors - 1) // across - across / 2 + north)
    ra_of = (ra + SIDE * ((detectors - 1) % across - across / 2 + east) / np.cos(np.radians(dec_of))) % 360
    return {"ra": ra_of, "dec": dec_of, "_healpix_29": healpix29(ra_of, dec_of)}


@cache
def stars(seed: int, n: int) -> tuple[Floats, Floats, Floats]:
    """Give the places of n stars on any detector, from 0 to 1, and their magnitudes; equal in every visit."""
    random = np.random.default_rng(seed)
    return random.random(n), random.random(n), 17 + 7 * np.sqrt(random.random(n))
