"""Blends: sources that share a connected footprint."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


@dataclass(frozen=True)
class Blends:
    """Membership of n sources in connected footprints.

    Parameters
    ----------
    brightest
        Row of the brightest source of the same connected footprint, the source itself when it is alone, shape (n,).
    n_peaks
        Number of sources in the connected footprint, 1 for a source that is alone, shape (n,).
    """

    brightest: NDArray[np.intp]
    n_peaks: NDArray[np.int32]

    def ordered(self, rows: NDArray[np.intp]) -> "Blends":
        """Put the sources in another order; every row once."""
        place = np.empty(len(rows), dtype=np.intp)
        place[rows] = np.arange(len(rows))
        return Blends(place[self.brightest[rows]], self.n_peaks[rows])


def find_blends(footprints: NDArray[np.int32], peak: NDArray[np.int32], flux: NDArray[np.float64]) -> Blends:
    """Find the sources whose footprints touch, at a corner too.

    Parameters
    ----------
    footprints
        Running number of the source that each pixel belongs to, 0 for none; shape (ny, nx).
    peak
        Column and row of a pixel of each footprint, shape (n, 2).
    flux
        Of the sources (pixel unit).
    """
    connected, count = ndimage.label(footprints > 0, np.ones((3, 3)))
    blend = connected[peak[:, 1], peak[:, 0]]
    members = np.bincount(blend, minlength=count + 1)
    order = np.lexsort((-flux, blend))
    first = np.zeros(count + 1, dtype=np.intp)
    # The last write wins: go from the faintest to the brightest of each blend.
    first[blend[order[::-1]]] = order[::-1]
    return Blends(first[blend], members[blend].astype(np.int32))
