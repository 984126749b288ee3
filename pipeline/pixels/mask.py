"""Planes of the pixel mask."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

BAD: Final = 1 << 0
SAT: Final = 1 << 1
INTRP: Final = 1 << 2
CR: Final = 1 << 3
EDGE: Final = 1 << 4
DETECTED: Final = 1 << 5
SUSPECT: Final = 1 << 6
NO_DATA: Final = 1 << 7

NAMES: Final[dict[str, int]] = {
    "BAD": BAD,
    "SAT": SAT,
    "INTRP": INTRP,
    "CR": CR,
    "EDGE": EDGE,
    "DETECTED": DETECTED,
    "SUSPECT": SUSPECT,
    "NO_DATA": NO_DATA,
}
"""Plane name to bit value, in the order of the bits: what a file header should carry."""

UNDETECTABLE: Final = BAD | CR | NO_DATA
"""Pixels that detection must not see. SAT is not among them: a saturated star is one source, not a ring."""

UNUSABLE: Final = UNDETECTABLE | SAT
"""Pixels whose value says nothing about the flux: left out of every fit and sum."""


def unusable(mask: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell which pixels no measurement may use."""
    flagged: NDArray[np.bool_] = (mask & UNUSABLE) != 0
    return flagged


def spread(mask: NDArray[np.int32]) -> NDArray[np.int32]:
    """Give every pixel the planes of its 3 x 3 neighborhood."""
    padded = np.pad(mask, 1)
    ny, nx = mask.shape
    result = np.zeros_like(mask)
    for dy in range(3):
        for dx in range(3):
            result |= padded[dy : dy + ny, dx : dx + nx]
    return result
