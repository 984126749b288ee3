"""Common shift of a list of positions on an image."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.psf_photometry import PsfFit

CLIP = 3.0
FEW = 5
"""Of fewer stars none is rejected: their scatter is not known, and their median withstands one bad star."""
LEAST_SCATTER = 0.02
"""Scatter (pixels) of centroids that is assumed at least: PSF models are not better than that."""


@dataclass(frozen=True)
class PositionShift:
    """How far the sources lie from where the list expects them.

    Parameters
    ----------
    dx, dy
        Shift (pixels) to add to the expected positions; 0 where too few stars show it.
    scatter
        Robust rms of the single stars about it per axis (pixels); NaN for fewer than two.
    n_stars
        Stars that it was measured with; 0 where the shift is assumed.
    """

    dx: float
    dy: float
    scatter: float
    n_stars: int


def position_shift(
    fit: PsfFit, x: NDArray[np.float64], y: NDArray[np.float64], min_snr: float, min_stars: int
) -> PositionShift:
    """Compare free centroids with the expected positions: the clipped median of the bright, whole stars.

    A WCS is good to a tenth of a pixel at best, and a flux at a position that is off by d pixels is too small by
    about (d / 2 sigma)^2: half a pixel at a FWHM of 4 takes 2 %.

    Parameters
    ----------
    fit
        Fit of the sources with free centroids, started at the expected positions.
    x, y
        Expected positions (pixels), shape (n,).
    min_snr
        Least signal to noise of a star.
    min_stars
        Fewest stars that show a shift.
    """
    good = ~fit.centroid_failed & ~fit.clipped & (fit.flux > min_snr * fit.flux_error)
    offset = np.stack([fit.x - x, fit.y - y], axis=1)[good]
    for _ in range(10):
        if len(offset) < max(min_stars, 1):
            return PositionShift(0.0, 0.0, np.nan, 0)
        center = np.median(offset, axis=0)
        distance = np.abs(offset - center)
        scatter = max(1.4826 * float(np.median(distance)), LEAST_SCATTER)
        kept = np.all(distance <= CLIP * scatter, axis=1)
        if np.all(kept) or len(offset) < FEW:
            break
        offset = offset[kept]
    return PositionShift(float(center[0]), float(center[1]), scatter if len(offset) > 1 else np.nan, len(offset))
