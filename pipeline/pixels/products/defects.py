"""Pixels that do not do their work, as boxes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.background import fit_mesh

MESH = 32
"""Side of the cells (pixels) of what counts as the neighbourhood."""
COLUMN = 0.3
"""Part of a column of an amplifier that must be bad for all of it to be."""
LEAST_RESPONSE = 0.1
"""Least response, by the median of the detector, of what sees light at all."""


@dataclass(frozen=True)
class Boxes:
    """Boxes of pixels, each by its lower left corner, counted from 0, and its size.

    Parameters
    ----------
    x0, y0, nx, ny
        Shape (n,) each.
    """

    x0: NDArray[np.int32]
    y0: NDArray[np.int32]
    nx: NDArray[np.int32]
    ny: NDArray[np.int32]


def find_dead(flat: NDArray[np.float32], tolerance: float = 0.2) -> NDArray[np.bool_]:
    """Find pixels that see another part of the light than their neighbourhood, or with it next to nothing.

    Parameters
    ----------
    flat
        Response, mean 1; NaN where nothing is known.
    tolerance
        Largest fractional deviation.
    """
    unknown = ~np.isfinite(flat) | blind(flat)
    around = fit_mesh(np.where(unknown, np.float32(1), flat), unknown, MESH, 3).level
    found: NDArray[np.bool_] = unknown | (np.abs(flat - around) > tolerance * np.abs(around))
    return found


def blind(flat: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Find pixels whose response is too little to divide by, however their neighbours do; NaN is none of them."""
    known = flat[np.isfinite(flat)]
    found: NDArray[np.bool_] = flat < LEAST_RESPONSE * (float(np.median(known)) if known.size else 0.0)
    return found


def find_hot(
    dark: NDArray[np.float32], exp_time: float, read_noise: float | NDArray[np.float32], n_sigma: float = 5.0
) -> NDArray[np.bool_]:
    """Find pixels whose dark current alone adds `n_sigma` of the read noise to an exposure.

    Parameters
    ----------
    dark
        Dark current (adu/s); NaN where nothing is known.
    exp_time
        Of the exposures that the list is for (s).
    read_noise
        In adu; that of all pixels, or of each.
    """
    unknown = ~np.isfinite(dark)
    around = fit_mesh(np.where(unknown, np.float32(0), dark), unknown, MESH, 3).level
    found: NDArray[np.bool_] = unknown | ((dark - around) * exp_time > n_sigma * read_noise)
    return found


def boxes(bad: NDArray[np.bool_], amplifiers: Sequence[tuple[slice, slice]] = ((slice(None), slice(None)),)) -> Boxes:
    """Write bad pixels as boxes: runs along columns, equal neighbours joined; a mostly bad column is bad as a whole.

    Parameters
    ----------
    bad
        Shape (ny, nx).
    amplifiers
        Rows and columns of each: a column ends where its amplifier ends, and so does what is wrong with it.
    """
    bad = bad.copy()
    for where in amplifiers:
        bad[where] |= bad[where].mean(axis=0) > COLUMN
    padded = np.zeros((bad.shape[1], bad.shape[0] + 2), np.int8)
    padded[:, 1:-1] = bad.T
    steps = np.diff(padded, axis=1)
    x, y0 = np.nonzero(steps == 1)
    y1 = np.nonzero(steps == -1)[1]
    # Runs with the same rows in neighbouring columns are one box.
    order = np.lexsort((x, y1, y0))
    x, y0, y1 = x[order], y0[order], y1[order]
    fresh = np.ones(len(x), bool)
    fresh[1:] = (np.diff(y0) != 0) | (np.diff(y1) != 0) | (np.diff(x) != 1)
    first = np.flatnonzero(fresh)
    width = np.diff(np.append(first, len(x)))
    values = (x[first], y0[first], width, y1[first] - y0[first])
    return Boxes(*(value.astype(np.int32) for value in values))


def paint(found: Boxes, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Give the pixels of boxes, shape (ny, nx)."""
    bad = np.zeros(shape, bool)
    for x0, y0, nx, ny in zip(found.x0, found.y0, found.nx, found.ny, strict=True):
        bad[y0 : y0 + ny, x0 : x0 + nx] = True
    return bad
