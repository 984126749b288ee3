"""What is known of the amplifiers of a detector."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

NODES: Final = 4096
"""Nodes onto which a table of the linearity is brought: every 16 adu of 65536."""


@dataclass(frozen=True)
class Linearity:
    """Table of one amplifier: true counts are the measured ones and a correction.

    Attributes
    ----------
    counts
        Measured counts above the overscan (adu), rising, shape (n,).
    correction
        What must be added there (adu), shape (n,). It is linear between, and constant beyond the ends.
    """

    counts: NDArray[np.float64]
    correction: NDArray[np.float64]


@dataclass(frozen=True)
class Electronics:
    """Numbers of the amplifiers, in the order of the readouts; arrays have shape (n,).

    Attributes
    ----------
    gain
        Electrons per adu.
    read_noise
        Electrons; NaN where it is to be that of the overscan.
    saturation
        Counts above the overscan from which a pixel is saturated (adu); infinite for never, NaN where unknown: then it
        is so where the numbers of the file end.
    suspect
        The same, from which its value may be wrong.
    linearity
        Tables; None where the amplifiers are linear.
    crosstalk
        Part of the counts of amplifier j that appears in amplifier i, [i, j], at the pixel that is read at the same
        time, shape (n, n); None where there is none.
    """

    gain: NDArray[np.float64]
    read_noise: NDArray[np.float64]
    saturation: NDArray[np.float64]
    suspect: NDArray[np.float64]
    linearity: tuple[Linearity, ...] | None = None
    crosstalk: NDArray[np.float64] | None = None


def even_tables(tables: tuple[Linearity, ...] | None, n: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Bring the tables of n amplifiers onto evenly spaced counts, where a value finds its place by one product.

    Returns
    -------
        Corrections (adu), shape (n, m), from 0 counts on; and nodes per adu, shape (n,).
    """
    if tables is None:
        return np.zeros((n, 2), dtype=np.float32), np.zeros(n, dtype=np.float32)
    ends = np.array([max(table.counts[-1], 1.0) for table in tables])
    even = [
        np.interp(np.linspace(0, end, NODES), table.counts, table.correction)
        for end, table in zip(ends, tables, strict=True)
    ]
    return np.array(even, dtype=np.float32), ((NODES - 1) / ends).astype(np.float32)
