"""Differential chromatic refraction: where each wavelength falls."""

import math

import numpy as np
from numpy.typing import NDArray

from pipeline.simulation.world import Filter, Site

Array = NDArray[np.float64]
SLICES = 5
TEMPERATURE = 7.0  # C
VAPOUR = 8.0  # mm Hg
SCALE_HEIGHT = 8400.0  # m


def slices(band: Filter) -> Array:
    """Give the wavelengths in the middle of equal slices of a band (nm), (SLICES,)."""
    return band.blue + (band.red - band.blue) * (np.arange(SLICES) + 0.5) / SLICES


def weights(band: Filter, slope: Array) -> Array:
    """Give the share of a source's photons in each slice, (n, SLICES).

    Parameters
    ----------
    slope
        Change of the sources' AB magnitude with wavelength (mag / nm), (n,).
    """
    wavelength = slices(band)
    photons = 10 ** (-0.4 * np.multiply.outer(slope, wavelength - band.center)) / wavelength
    return np.asarray(photons / photons.sum(axis=1, keepdims=True))


def shifts(band: Filter, altitude: float, site: Site) -> Array:
    """Give how far the slices of a band are lifted toward the zenith, against its middle (arcsec), (SLICES,)."""
    lifted = _refractivity(slices(band), site) - _refractivity(np.array([band.center]), site)
    return np.asarray(lifted * math.degrees(1 / math.tan(math.radians(altitude))) * 3600)


def _refractivity(wavelength: Array, site: Site) -> Array:
    """Give n - 1 of air; Filippenko 1982, PASP 94, 715, equations 1 to 3."""
    inverse = (1000 / wavelength) ** 2
    pressure = 760 * math.exp(-site.height / SCALE_HEIGHT)
    standard = 64.328 + 29498.1 / (146 - inverse) + 255.4 / (41 - inverse)
    warm = 1 + 0.003661 * TEMPERATURE
    density = pressure * (1 + (1.049 - 0.0157 * TEMPERATURE) * 1e-6 * pressure) / (720.883 * warm)
    return np.asarray((standard * density - (0.0624 - 0.000680 * inverse) / warm * VAPOUR) * 1e-6)
