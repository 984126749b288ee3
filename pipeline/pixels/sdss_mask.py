"""SDSS masks (fpM): lists of spans as mask planes."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.errors import BadImage
from pipeline.pixels.mask import CR, EDGE, INTRP, SAT, SUSPECT

PLANES: Final[dict[str, int]] = {
    "S_MASK_INTERP": INTRP,
    "S_MASK_SATUR": SAT,
    "S_MASK_NOTCHECKED": EDGE,
    "S_MASK_OBJECT": 0,
    "S_MASK_BRIGHTOBJECT": 0,
    "S_MASK_BINOBJECT": 0,
    "S_MASK_CATOBJECT": 0,
    "S_MASK_SUBTRACTED": SUSPECT,
    "S_MASK_GHOST": SUSPECT,
    "S_MASK_CR": CR | INTRP,
}
"""Name of a plane to mask planes: those of objects say nothing about the pixels.

The meanings are those of the `fpM` page of the SDSS data model: NOTCHECKED is what the pipeline did not search (the
rim of the frame), SUBTRACTED what it took the wings of a bright star from, and cosmic rays were interpolated over.
"""


def span_mask(lists: Mapping[str, Iterable[NDArray[np.uint8]]], shape: tuple[int, int]) -> NDArray[np.int32]:
    """Paint lists of spans.

    Parameters
    ----------
    lists
        Plane name to its objects, each the bytes of the column `s`: triples of big-endian 16-bit numbers, a row and
        the first and last of its columns.
    shape
        Rows and columns of the frame (MASKROWS, MASKCOLS).

    Raises
    ------
    BadImage
        A plane is unknown, or a span lies off the frame.
    """
    mask = np.zeros(shape, dtype=np.int32)
    for name, objects in lists.items():
        if name not in PLANES:
            raise BadImage(f"its mask has a plane {name}, known are {', '.join(PLANES)}")
        for spans in objects:
            _paint(mask, np.asarray(spans, dtype=np.uint8), PLANES[name])
    return mask


def _paint(mask: NDArray[np.int32], spans: NDArray[np.uint8], bits: int) -> None:
    """Set the bits of the spans of one object."""
    triples: NDArray[Any] = np.frombuffer(spans.tobytes(), dtype=">u2")
    if triples.size % 3:
        raise BadImage("its mask has a list of spans that does not come in triples")
    for row, first, last in triples.reshape(-1, 3):
        if row >= mask.shape[0] or last >= mask.shape[1]:
            raise BadImage(
                f"its mask has a span in row {row} to column {last}, beyond {mask.shape[1]} x {mask.shape[0]}"
            )
        mask[row, int(first) : int(last) + 1] |= bits
