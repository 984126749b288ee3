"""What an amplifier delivers, and where it belongs."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Readout(Protocol):
    """Raw pixels of one amplifier, the pixel that is read first at [0, 0]."""

    @property
    def name(self) -> str:
        """Name, as in the definition of the camera."""

    @property
    def data(self) -> NDArray[Any]:
        """Pixels that see the sky (adu), shape (ny, nx)."""

    @property
    def horizontal_overscan(self) -> NDArray[Any] | None:
        """Columns read after each row (adu), shape (ny, n); None without."""

    @property
    def vertical_overscan(self) -> NDArray[Any] | None:
        """Rows read after the last one (adu), shape (n, nx); None without."""

    @property
    def where(self) -> tuple[slice, slice]:
        """Rows and columns of the trimmed detector that the data fill, counted from 0."""

    @property
    def flips(self) -> tuple[bool, bool]:
        """Whether rows, and whether columns, must be reversed to put the data there."""


def frame_shape(readouts: Sequence[Readout]) -> tuple[int, int]:
    """Give the shape (ny, nx) of the detector that amplifiers fill."""
    return max(one.where[0].stop for one in readouts), max(one.where[1].stop for one in readouts)


def courses(readouts: Sequence[Readout]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the place in the detector of the pixel that is read first, and the direction of reading, 1 up or -1 down.

    Both have shape (n, 2) for row and column.
    """
    first = [
        [box.stop - 1 if flip else box.start for box, flip in zip(one.where, one.flips, strict=True)]
        for one in readouts
    ]
    step = [[-1 if flip else 1 for flip in one.flips] for one in readouts]
    return np.array(first, dtype=np.int64), np.array(step, dtype=np.int64)
