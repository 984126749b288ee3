"""Values for masked pixels, from the nearest good ones in the row or in the column."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.pixels.mask import INTRP

Frame = NDArray[np.float32]
Mask = NDArray[np.int32]

REACH = 10
"""Greatest distance of a good pixel (pixels)."""


@njit(cache=True, error_model="numpy")
def _good(mask: Mask, y: int, x: int, dy: int, dx: int, planes: Any) -> int:
    """Give the distance of the nearest pixel in one direction with none of some planes; 0 where there is none."""
    ny, nx = mask.shape
    for step in range(1, REACH + 1):
        j, i = y + step * dy, x + step * dx
        if j < 0 or i < 0 or j >= ny or i >= nx:
            return 0
        if mask[j, i] & planes == 0:
            return step
    return 0


@njit(cache=True, error_model="numpy")
def _nearest(mask: Mask, y: int, x: int, planes: Any) -> tuple[int, int, int]:
    """Give the axis (0 for rows, 1 for columns) to interpolate along, and the distances of good pixels on it.

    Both sides are better than one, and near is better than far.
    """
    best, found = 0.0, (0, 0, 0)
    for axis in range(2):
        before = _good(mask, y, x, axis - 1, -axis, planes)
        after = _good(mask, y, x, 1 - axis, axis, planes)
        if before and after:
            score = 2.0 * REACH / (before + after)
        else:
            score = 1.0 / (before + after) if before + after else 0.0
        if score > best:
            best, found = score, (axis, before, after)
    return found


@njit("i8(f4[:,::1], f4[:,::1], i4[:,::1], i4, i4)", cache=True, error_model="numpy")
def interpolate(image: Frame, variance: Frame, mask: Mask, masked: Any, unusable: Any) -> int:
    """Replace pixels in any of the planes `masked`, mark them as INTRP, and give their number.

    The line is drawn along the axis on which the good pixels to both sides are nearer together; with one side alone its
    value is repeated. What has no good pixel within reach stays as it is.

    Parameters
    ----------
    image, variance, mask
        Changed in place, shape (ny, nx).
    masked
        Planes of the pixels to replace.
    unusable
        Planes of pixels that tell nothing, these among them.
    """
    ny, nx = mask.shape
    done = 0
    for y in range(ny):
        for x in range(nx):
            if mask[y, x] & masked == 0:
                continue
            axis, before, after = _nearest(mask, y, x, unusable)
            if before + after == 0:
                continue
            weight = np.float32(before / (before + after) if before and after else 1.0 if after else 0.0)
            j0, i0 = y - before * (1 - axis), x - before * axis
            j1, i1 = y + after * (1 - axis), x + after * axis
            image[y, x] = image[j0, i0] * (1 - weight) + image[j1, i1] * weight
            variance[y, x] = variance[j0, i0] * (1 - weight) + variance[j1, i1] * weight
            mask[y, x] |= INTRP
            done += 1
    return done
