"""Aperture photometry in the catalog's fixed radii."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import sep
from numpy.typing import NDArray

RADII: Final = (3, 6, 9, 12, 17)
"""Radii (pixels) that name the catalog columns."""


@dataclass(frozen=True)
class ApertureSums:
    """Sums over circles, shape (n, radii).

    Parameters
    ----------
    flux, flux_error
        Sum and its error from the variance plane (pixel unit).
    flag
        True where the circle runs off the image or holds unusable pixels. The sum then counts these pixels at the
        mean of the others, and is NaN if there are none.
    """

    flux: NDArray[np.float64]
    flux_error: NDArray[np.float64]
    flag: NDArray[np.bool_]


def sum_apertures(
    image: NDArray[np.float32],
    variance: NDArray[np.float32],
    masked: NDArray[np.bool_],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> ApertureSums:
    """Sum the image over circles of all `RADII` with exact overlaps of pixels and circles.

    Parameters
    ----------
    image
        Pixels without sky, shape (ny, nx).
    variance
        Variance of the pixels.
    masked
        Pixels to leave out.
    x, y
        Centers (pixels), finite, shape (n,).
    """
    error = np.sqrt(variance)
    sums = [sep.sum_circle(image, x, y, radius, err=error, mask=masked, subpix=0) for radius in RADII]
    flux, flux_error, flag = (np.stack([one[i] for one in sums], axis=1) for i in range(3))
    empty = (flag & sep.APER_ALLMASKED) != 0
    return ApertureSums(
        flux=np.where(empty, np.nan, flux),
        flux_error=np.where(empty, np.nan, flux_error),
        flag=(flag & (sep.APER_TRUNC | sep.APER_HASMASKED | sep.APER_ALLMASKED)) != 0,
    )
