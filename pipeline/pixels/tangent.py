"""Gnomonic projection of sky positions about a point."""

import numpy as np
from numpy.typing import NDArray

ARCSEC_PER_DEGREE = 3600.0


def project(
    ra: NDArray[np.float64], dec: NDArray[np.float64], center: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Project onto the tangent plane at `center` (ra, dec in degrees).

    Returns
    -------
    tuple
        East and north offsets (arcsec); NaN beyond 90 degrees from the center.
    """
    delta, d, d0 = np.deg2rad(ra - center[0]), np.deg2rad(dec), np.deg2rad(center[1])
    cosine = np.sin(d) * np.sin(d0) + np.cos(d) * np.cos(d0) * np.cos(delta)
    front = cosine > 0
    scale = np.rad2deg(np.divide(1.0, cosine, out=np.full_like(cosine, np.nan), where=front)) * ARCSEC_PER_DEGREE
    east = np.cos(d) * np.sin(delta)
    north = np.sin(d) * np.cos(d0) - np.cos(d) * np.sin(d0) * np.cos(delta)
    return east * scale, north * scale


def deproject(
    east: NDArray[np.float64], north: NDArray[np.float64], center: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Invert `project`: offsets (arcsec) to right ascension and declination (degrees)."""
    xi, eta = np.deg2rad(east / ARCSEC_PER_DEGREE), np.deg2rad(north / ARCSEC_PER_DEGREE)
    d0 = np.deg2rad(center[1])
    toward = np.cos(d0) - eta * np.sin(d0)
    ra = center[0] + np.rad2deg(np.arctan2(xi, toward))
    dec = np.rad2deg(np.arctan2(np.sin(d0) + eta * np.cos(d0), np.hypot(xi, toward)))
    return ra % 360.0, dec
