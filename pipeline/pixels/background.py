"""Sky background on a mesh, sources masked."""

from dataclasses import dataclass

import numpy as np
import sep
from numpy.typing import NDArray
from scipy import ndimage

SOURCE_SIGMA = 4.0
RIM = 6
"""Width (pixels) of the rim around sources that the sky fit leaves out."""
MOST_MASKED = 0.8
"""Largest part of the image that may be left out."""
MOST_OF_CELL = 0.5
"""Largest part of a cell that may be left out; the library drops fuller cells, and of none it makes a sky of 0."""


@dataclass(frozen=True)
class Background:
    """Sky model of one image.

    Parameters
    ----------
    level
        Sky (pixel unit), shape (ny, nx).
    noise
        Pixel rms about the sky (pixel unit), shape (ny, nx).
    """

    level: NDArray[np.float32]
    noise: NDArray[np.float32]


def fit_mesh(image: NDArray[np.float32], masked: NDArray[np.bool_], mesh_size: int, mesh_filter: int) -> Background:
    """Fit the sky in mesh cells by clipped mode and join them by a spline (Bertin & Arnouts 1996)."""
    mesh = sep.Background(image, mask=masked, bw=mesh_size, bh=mesh_size, fw=mesh_filter, fh=mesh_filter)
    return Background(level=mesh.back(dtype=np.float32), noise=mesh.rms(dtype=np.float32))


def fit_background(
    image: NDArray[np.float32], masked: NDArray[np.bool_], mesh_size: int, mesh_filter: int
) -> Background:
    """Fit the sky twice, the second time without the sources that the first fit lets stand out.

    The clipped mode of a cell alone is drawn up by the wings of its sources. The second fit leaves out what exceeds
    the sky by 4 sigma in the mean of 5 x 5 pixels, and a rim around it. A lower limit would cut the upward noise out
    of the sky and leave it too low.

    Parameters
    ----------
    image
        Pixel values, finite, shape (ny, nx).
    masked
        Pixels to leave out.
    mesh_size, mesh_filter
        Side of a cell (pixels) and of the median filter over cells (cells).
    """
    first = fit_mesh(image, masked, mesh_size, mesh_filter)
    excess = image - first.level
    excess[masked] = 0
    ndimage.uniform_filter(excess, 5, output=excess)
    # The mean of 25 pixels has a fifth of the noise of one.
    crowded = ndimage.binary_dilation(excess > SOURCE_SIGMA / 5 * first.noise, iterations=RIM)
    crowded |= masked
    if np.mean(crowded) > MOST_MASKED or _least_masked(crowded, mesh_size) > MOST_OF_CELL:
        return first
    return fit_mesh(image, crowded, mesh_size, mesh_filter)


def _least_masked(masked: NDArray[np.bool_], mesh_size: int) -> float:
    """Give the part that is left out of the cell that loses least."""
    rows, columns = (np.arange(0, side, mesh_size) for side in masked.shape)
    lost = np.add.reduceat(np.add.reduceat(masked.view(np.uint8), columns, axis=1, dtype=np.int32), rows, axis=0)
    heights, widths = np.diff(np.append(rows, masked.shape[0])), np.diff(np.append(columns, masked.shape[1]))
    return float(np.min(lost / np.outer(heights, widths)))
