"""Nearest neighbors, their light in a source's aperture, and nearness to the border."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve, map_coordinates
from scipy.spatial import cKDTree

from pipeline.pixels.psf import PsfModel

APERTURE = 12
"""Radius (pixels) of the aperture whose contamination is told."""


def aperture_share(psf: PsfModel, radius: float) -> NDArray[np.float64]:
    """Compute the part of a point source's flux that falls into a circle around another place.

    Parameters
    ----------
    psf
        PSF model, taken in the middle of the image.
    radius
        Radius of the circle (pixels).

    Returns
    -------
    NDArray
        The part by row and column offset (pixels) of the source from the place, shape (k, k), offset 0 in the middle.
    """
    middle = np.array([(psf.shape[1] - 1) / 2]), np.array([(psf.shape[0] - 1) / 2])
    grid = psf.grids(*middle)[0]
    reach = int(np.ceil(radius)) + 1
    # Ten by ten points a pixel: the edge of the circle is then good to 1e-3 of its area.
    fine = (np.arange(10 * (2 * reach + 1)) + 0.5) / 10 - reach - 0.5
    inside = np.hypot(fine[:, None], fine[None, :]) <= radius
    circle = inside.reshape(2 * reach + 1, 10, 2 * reach + 1, 10).mean(axis=(1, 3))
    return np.asarray(convolve(np.pad(grid, reach), circle, mode="constant"))


def neighbor_columns(
    x: NDArray[np.float64], y: NDArray[np.float64], flux: NDArray[np.float64], psf: PsfModel
) -> dict[str, NDArray[Any]]:
    """Describe the neighborhood of every source.

    Fluxes that are not positive count as none. Neighbors count as point sources, so a large galaxy nearby
    contaminates more than told.

    Parameters
    ----------
    x, y
        Positions (pixels), finite, shape (n,).
    flux
        PSF fluxes in any unit; NaN counts as none.
    psf
        PSF model.

    Returns
    -------
    dict
        `neighborDistance` (pixels; NaN for a source that is alone), `neighborFluxRatio` (flux of the nearest over
        the own; NaN without a positive flux of its own) and `ap12Flux_neighborFraction` (part of the light of point
        sources in the 12-pixel aperture that is not the source's own; NaN in the same case).
    """
    light = np.maximum(np.nan_to_num(flux), 0.0)
    alone = np.full(len(x), np.nan)
    if len(x) < 2:
        return _named(alone, alone.copy(), np.where(light > 0, 0.0, np.nan))
    tree = cKDTree(np.stack([x, y], axis=1))
    distance, index = (np.asarray(found) for found in tree.query(tree.data, k=2))
    # Of two sources at one place either may come first.
    nearest = np.where(index[:, 0] == np.arange(len(x)), index[:, 1], index[:, 0])
    ratio = np.divide(light[nearest], light, out=alone.copy(), where=light > 0)
    share = aperture_share(psf, APERTURE)
    middle = share.shape[0] // 2
    pairs = tree.query_pairs(float(middle), output_type="ndarray")
    one, other = np.concatenate([pairs, pairs[:, ::-1]]).T
    where = np.stack([y[other] - y[one] + middle, x[other] - x[one] + middle])
    part = map_coordinates(share, where, order=1)
    foreign = np.bincount(one, light[other] * part, minlength=len(x))
    total = foreign + light * share[middle, middle]
    fraction = np.divide(foreign, total, out=alone.copy(), where=light > 0)
    return _named(distance[:, 1], ratio, fraction)


def _named(
    distance: NDArray[np.float64], ratio: NDArray[np.float64], fraction: NDArray[np.float64]
) -> dict[str, NDArray[Any]]:
    return {"neighborDistance": distance, "neighborFluxRatio": ratio, "ap12Flux_neighborFraction": fraction}


def border_columns(x: NDArray[np.float64], y: NDArray[np.float64], shape: tuple[int, int]) -> dict[str, NDArray[Any]]:
    """Tell how near the sources are to the border of the image.

    Parameters
    ----------
    x, y
        Positions (pixels), shape (n,).
    shape
        Rows and columns of the image.

    Returns
    -------
    dict
        `borderDistance` (pixels to the outer edge of the nearest border pixel, negative off the image) and
        `pixelFlags_offimage` (the center is off the image).
    """
    ny, nx = shape
    distance = np.min([x + 0.5, nx - 0.5 - x, y + 0.5, ny - 0.5 - y], axis=0)
    return {"borderDistance": distance, "pixelFlags_offimage": distance < 0}
