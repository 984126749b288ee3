"""How an amplifier's counts fall behind the light, from flats of different exposure times."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.errors import BadImage

LEAST_RANGE = 10
"""Least ratio of the longest to the shortest exposure."""
ROUNDS = 30
"""Rounds of reweighting."""
NODES = 64
"""Nodes of the table: between them a straight line is right to 1e-5 of full well."""
REJECT = 5.0
"""Residual, in robust standard deviations, from which an exposure is left out: the shutter was off."""


@dataclass(frozen=True)
class Illumination:
    """One flat in one amplifier.

    Parameters
    ----------
    exp_time
        Exposure time, or any other measure of the light that fell (s).
    mean
        Counts above bias (adu).
    error
        Standard error of the mean (adu).
    """

    exp_time: float
    mean: float
    error: float


@dataclass(frozen=True)
class Linearizer:
    """A table of corrections of one amplifier, to be interpolated in straight lines.

    Parameters
    ----------
    counts
        Nodes, counts above bias as read, from 0 to the highest measured (adu).
    correction
        What to add at each node (adu).
    residual
        Largest fractional residual of the exposures after the correction.
    """

    counts: NDArray[np.float64]
    correction: NDArray[np.float64]
    residual: float


def fit_linearity(exposures: Sequence[Illumination], full_well: float = np.inf, order: int = 3) -> Linearizer:
    """Fit true = counts + c2 counts^2 + ... to be proportional to the exposure time.

    The faintest light counts as linear: nobody can tell a slope from the gain. The lamp must be steady; exposures that
    do not fit are left out.

    Parameters
    ----------
    full_well
        Counts from which exposures are left out (adu): `turnoff` of the photon transfer curve.
    order
        Power of the highest term.

    Raises
    ------
    BadImage
        Raised if there are too few exposures for the order.
    """
    kept = [one for one in exposures if 0 < one.mean <= full_well and one.exp_time > 0]
    time, mean, error = np.array([(one.exp_time, one.mean, one.error) for one in kept]).T
    if len(kept) < order + 2:
        raise BadImage(f"{len(kept)} flats are not enough for a linearity of order {order}", "Take more levels.")
    if time.max() < LEAST_RANGE * time.min():
        said = f"the exposure times of the flats, {time.min():g} to {time.max():g} s, tell nothing of linearity"
        raise BadImage(said, "Take flats of a steady lamp with exposure times that differ tenfold or more.")
    # An exposure of a million photons is known better than its shutter: errors below 1e-6 mean nothing.
    weight = 1 / np.maximum(error, 1e-6 * mean)
    doubt = np.ones(len(kept))
    for _ in range(ROUNDS):  # least absolute residuals, which one failure cannot draw away
        terms, residual = _fit(time, mean, weight * doubt, order)
        doubt = 1 / np.sqrt(np.maximum(np.abs(residual * mean * weight), 1e-3))
    spread = max(1.4826 * float(np.median(np.abs(residual))), float(np.median(1 / weight / mean)))
    used = np.abs(residual) <= np.maximum(REJECT * spread, REJECT / weight / mean)
    terms, residual = _fit(time, mean, weight * used, order)
    counts = np.linspace(0, mean[used].max(), NODES)
    return Linearizer(counts, _powers(counts, order) @ terms, float(np.abs(residual[used]).max()))


def _fit(
    time: NDArray[np.float64], mean: NDArray[np.float64], weight: NDArray[np.float64], order: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit rate * time - sum(c_k counts^k) = counts; give the c_k and the fractional residuals of all exposures."""
    scale = mean.max()
    matrix = np.column_stack([time / time.max(), -_powers(mean / scale, order)])
    solution, *_ = np.linalg.lstsq(matrix * weight[:, None], mean * weight, rcond=None)
    terms = solution[1:] / scale ** np.arange(2, order + 1)
    return terms, (mean + _powers(mean, order) @ terms) / (matrix[:, 0] * solution[0]) - 1


def _powers(counts: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    """Give counts to the powers 2 to `order`, shape (n, order - 1)."""
    powers: NDArray[np.float64] = counts[:, None] ** np.arange(2, order + 1)
    return powers
