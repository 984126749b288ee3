"""Reference stars: positions at an epoch, and which are fit to be standards."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

DAYS_PER_YEAR: Final = 365.25
MAS_PER_DEGREE: Final = 3.6e6
VARIABLE_EXCESS: Final = 1.35
"""G error over its usual value that makes a star variable: numbers of transits scatter constant stars by 10 %."""
ERROR_FLOOR: Final = 5e-4
"""G error (mag) that bright stars never beat."""
LARGEST_ERROR: Final = 0.1
"""Largest error (mag) of a standard in catalogs that do not tell the variable stars."""


def positions_at(reference: NDArray[np.void], mjd_tai: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Move the stars by their proper motions.

    Parallax is left out: it moves a star by less than its parallax, a few mas for all but the nearest stars.
    Stars without a measured motion stay where they are, and all of them where the epoch is not known.

    Parameters
    ----------
    reference
        Rows of the `reference_star` table, shape (n,).
    mjd_tai
        Epoch wanted (MJD, TAI), or NaN.

    Returns
    -------
    tuple
        Right ascension and declination (degrees).
    """
    years = np.nan_to_num((mjd_tai - reference["epochMjdTai"]) / DAYS_PER_YEAR)
    dec = reference["dec"] + np.nan_to_num(reference["pmDec"]) * years / MAS_PER_DEGREE
    cos_dec = np.cos(np.deg2rad(reference["dec"]))
    ra = reference["ra"] + np.nan_to_num(reference["pmRa"]) * years / MAS_PER_DEGREE / cos_dec
    return np.asarray(ra % 360.0, dtype=np.float64), np.asarray(dec, dtype=np.float64)


def point_sources(reference: NDArray[np.void]) -> NDArray[np.bool_]:
    """Tell which entries are single points: not resolved, if the catalog tells, and without excess astrometric noise.

    The limit of the noise, 10^0.5 mas up to G = 19 and rising by 0.2 dex per magnitude beyond, is that of the Legacy
    Surveys (legacypipe, Gaia `pointsource`).
    """
    faint = np.maximum(np.nan_to_num(reference["gMag"], nan=19.0) - 19.0, 0.0)
    limit = 10.0 ** (0.5 + 0.2 * faint)
    single = ~(reference["astrometricExcessNoise"] >= limit)
    for blemish in {"duplicatedSource", "isResolved"}.intersection(reference.dtype.names or ()):
        single &= ~reference[blemish].astype(np.bool_)
    return np.asarray(single, dtype=np.bool_)


def variables(reference: NDArray[np.void]) -> NDArray[np.bool_]:
    """Tell which stars vary, by an error of the mean G magnitude that is too large for that magnitude.

    The error of a Gaia mean magnitude comes from the scatter of its transits, so a variable star has a larger one
    (e.g. Belokurov et al. 2017, MNRAS 466, 4711). It is compared with the error of one transit that the Gaia
    performance model predicts (Jordi et al. 2010, A&A 523, A48; numbers of PyGaia's
    `gMagnitudeError`), times the median ratio of the stars given, which stands for the number of transits in this
    part of the sky.

    Parameters
    ----------
    reference
        Rows of the `reference_star` table of one field, shape (n,). Stars without magnitude or error count as
        variable.
    """
    magnitude, error = np.asarray(reference["gMag"], dtype=np.float64), np.asarray(reference["gMagErr"], np.float64)
    known = np.isfinite(magnitude) & np.isfinite(error) & (error > 0)
    z = 10 ** (0.4 * (np.maximum(np.where(known, magnitude, 15.0), 12.0) - 15.0))
    transit = 1e-3 * np.sqrt(0.04895 * z**2 + 1.8633 * z + 0.0001985)
    usual = np.median((error / transit)[known]) if np.any(known) else 0.0
    limit = VARIABLE_EXCESS * np.hypot(usual * transit, ERROR_FLOOR)
    return ~known | (np.where(known, error, 0.0) > limit)


def steady(reference: NDArray[np.void], magnitude: str) -> NDArray[np.bool_]:
    """Tell which stars have a magnitude to rely on: not variable by Gaia, or in another catalog a small error.

    Parameters
    ----------
    reference
        Rows of the `reference_star` table.
    magnitude
        Column of the magnitude; its error stands in the column of that name with Err.
    """
    if magnitude == "gMag":
        return ~variables(reference)
    return np.asarray(reference[f"{magnitude}Err"] <= LARGEST_ERROR, dtype=np.bool_)


def colours(reference: NDArray[np.void], columns: tuple[str, str]) -> NDArray[np.float64]:
    """Compute the first less the second magnitude, NaN where one is missing."""
    blue, red = (np.asarray(reference[name], dtype=np.float64) for name in columns)
    return np.asarray(blue - red)


def band_magnitudes(
    reference: NDArray[np.void], magnitude: str, colour: NDArray[np.float64], terms: Any
) -> NDArray[np.float64]:
    """Predict AB magnitudes in a camera band: a magnitude plus a polynomial in a colour with coefficients `terms`."""
    polynomial = np.polynomial.polynomial.polyval(colour, np.asarray(terms, dtype=np.float64))
    return np.asarray(reference[magnitude], dtype=np.float64) + polynomial
