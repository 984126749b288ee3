"""Defects of a detector, and the pixels around saturated ones."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.isr.errors import BadDefect
from pipeline.pixels.mask import NAMES


@dataclass(frozen=True)
class Defect:
    """A box of bad pixels, counted from 0, and the name of the mask plane that they get."""

    x0: int
    y0: int
    nx: int
    ny: int
    plane: str = "BAD"


def mark_defects(mask: NDArray[np.int32], defects: Iterable[Defect]) -> None:
    """Set the planes of defects in a mask, shape (ny, nx), in place.

    Raises
    ------
    BadDefect
        A box is empty or reaches out of the detector, or its plane does not exist.
    """
    ny, nx = mask.shape
    for row, one in enumerate(defects):
        box = f"{one.nx} x {one.ny} pixels at {one.x0}, {one.y0}"
        if min(one.nx, one.ny) < 1 or min(one.x0, one.y0) < 0 or one.x0 + one.nx > nx or one.y0 + one.ny > ny:
            raise BadDefect(row, f"{box} lie not within {nx} x {ny}")
        if one.plane not in NAMES:
            raise BadDefect(row, f"{box} are {one.plane!r}, which is none of {', '.join(NAMES)}")
        mask[one.y0 : one.y0 + one.ny, one.x0 : one.x0 + one.nx] |= NAMES[one.plane]


def grow(mask: NDArray[np.int32], plane: int, reach: int) -> None:
    """Give a plane to all pixels within a box around those that have it, in place.

    Parameters
    ----------
    mask
        Shape (ny, nx).
    plane
        Bit of the plane.
    reach
        Rows and columns to each side; 0 for none.
    """
    np.bitwise_or(mask, plane, out=mask, where=near((mask & plane) != 0, reach))


def near(chosen: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Tell which pixels lie within a box around chosen ones, in a few bytes per pixel however many these are.

    Parameters
    ----------
    chosen
        Shape (ny, nx).
    reach
        Rows and columns to each side.
    """
    found = chosen.copy()
    for whole in (found, found.T):
        before = whole.copy(order="K")
        for step in range(1, reach + 1):
            whole[step:] |= before[:-step]
            whole[:-step] |= before[step:]
    return found
