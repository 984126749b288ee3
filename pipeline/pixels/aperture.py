"""Aperture photometry in the catalog's fixed radii."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.growth import Ellipses, Growth, Places, Scene, covers_masked

RADII: Final = (3, 6, 9, 12, 17)
"""Radii (pixels) that name the catalog columns."""
RINGS: Final = np.array([1.0, 2.0, 3.0, 4.5, 6.0, 7.5, 9.0, 12.0, 17.0])
"""Outer radii (pixels) of the rings that the circles are summed of."""


@dataclass(frozen=True)
class ApertureSums:
    """Sums over circles, shape (n, radii).

    Parameters
    ----------
    flux, flux_error
        Sum and its error from the variance plane (pixel unit).
    flag
        True where the circle runs off the image, holds unusable pixels, or has a ring that neighbors cover.
        Unusable pixels and those of neighbors count at the mean of the other pixels of their ring; the sum is NaN
        if there are none.
    """

    flux: NDArray[np.float64]
    flux_error: NDArray[np.float64]
    flag: NDArray[np.bool_]


def sum_apertures(scene: Scene, places: Places, growth: Growth) -> ApertureSums:
    """Read the sums over circles of all `RADII` off curves of growth.

    Parameters
    ----------
    scene, places
        What the curves were made of.
    growth
        Curves that have all `RADII` among their sizes.
    """
    at = np.searchsorted(growth.sizes, RADII)
    empty, hidden = growth.empty[:, at], growth.hidden[:, at]
    spoiled = np.zeros_like(hidden)
    for i, radius in enumerate(RADII):
        rows = np.flatnonzero(hidden[:, i])
        circles = Ellipses.circles(len(rows))
        spoiled[rows, i] = covers_masked(scene, places[rows], np.full(len(rows), float(radius)), circles)
    return ApertureSums(
        flux=np.where(empty, np.nan, growth.flux[:, at]),
        flux_error=np.where(empty, np.nan, np.sqrt(growth.variance[:, at])),
        flag=growth.truncated[:, at] | growth.unseen[:, at] | spoiled,
    )
