"""Zero point from standard stars, and depth."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.star_selection import half_sample_mode

NJY_AT_ZERO_MAGNITUDE = 3.631e12
"""AB magnitude 0 in nJy (Oke & Gunn 1983)."""
CLIP = 3.0
COLOUR_SCATTER = 0.1
"""Scatter (mag) of single stars about a published colour term: the error of a zero point of few stars rests on it."""
MAX_ROUNDS = 20


@dataclass(frozen=True)
class ZeroPoint:
    """AB magnitude of one pixel unit.

    Parameters
    ----------
    value, error
        Zero point and its error (mag); NaN where there is no standard.
    scatter
        Robust rms of the standards (mag); NaN for one standard or none.
    used
        True for the standards that stayed, shape (n,).
    """

    value: float
    error: float
    scatter: float
    used: NDArray[np.bool_]


def fit_zero_point(offsets: NDArray[np.float64], few: int) -> ZeroPoint:
    """Take the clipped median of the standards' zero points.

    The clipping starts from the mode, so that up to a third of outliers on one side does not pull it along.

    Parameters
    ----------
    offsets
        Reference magnitude minus instrumental magnitude of each standard; NaN excludes it. Shape (n,).
    few
        With fewer standards than this their own scatter says too little, and the error assumes at least
        `COLOUR_SCATTER`.
    """
    used = np.isfinite(offsets)
    if not np.any(used):
        return ZeroPoint(np.nan, np.nan, np.nan, used)
    if np.sum(used) > 3:
        used = _clipped(offsets, half_sample_mode(offsets[used]))
    center = float(np.median(offsets[used]))
    count = int(np.sum(used))
    scatter = 1.4826 * float(np.median(np.abs(offsets[used] - center))) if count > 1 else np.nan
    assumed = np.nanmax([scatter, COLOUR_SCATTER]) if count < few else scatter
    # The median of Gaussian data is 1.2533 times less precise than the mean.
    return ZeroPoint(center, float(1.2533 * assumed / np.sqrt(count)), scatter, used)


def _clipped(offsets: NDArray[np.float64], center: float) -> NDArray[np.bool_]:
    """Keep what lies within 3 robust sigma, first of `center`, then of the median, until nothing changes."""
    used = np.isfinite(offsets)
    for _ in range(MAX_ROUNDS):
        scatter = 1.4826 * float(np.median(np.abs(offsets[used] - center)))
        # A NaN compares false, so that an excluded star stays out.
        inside = np.abs(offsets - center) <= max(CLIP * scatter, 1e-9)
        if np.array_equal(inside, used) or not np.any(inside):
            break
        used, center = inside, float(np.median(offsets[inside]))
    return used


def to_njy(flux: NDArray[np.float64], zero_point: float) -> NDArray[np.float64]:
    """Convert fluxes in the pixel unit to nJy; NaN without a zero point."""
    return flux * (NJY_AT_ZERO_MAGNITUDE * 10 ** (-0.4 * zero_point))


def limiting_magnitude(zero_point: float, sky_noise: float, effective_area: float, snr: float = 5.0) -> float:
    """Compute the magnitude of a point source that stands out of the sky noise by `snr`.

    Parameters
    ----------
    zero_point
        AB magnitude of one pixel unit.
    sky_noise
        Rms of a sky pixel (pixel unit).
    effective_area
        1 / sum(PSF^2) (pixels).
    snr
        Signal to noise.
    """
    return zero_point - 2.5 * float(np.log10(snr * sky_noise * np.sqrt(effective_area)))
