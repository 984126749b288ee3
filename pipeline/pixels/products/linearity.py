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
MOST_REJECTED = 1 / 3
"""Largest part of the exposures that may be left out."""
MOST_SCATTER = 0.02
"""Largest robust standard deviation of the fractional residuals: more is no steady lamp."""


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
    lamp
        What shone: flats of another lamp, or behind another filter, have a rate of their own.
    """

    exp_time: float
    mean: float
    error: float
    lamp: str = ""


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

    The faintest light counts as linear: nobody can tell a slope from the gain. Each lamp must be steady; exposures that
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
        Raised if there are too few exposures for the order, or they do not tell of one curve.
    """
    kept = [one for one in exposures if 0 < one.mean <= full_well and one.exp_time > 0]
    lamps = sorted({one.lamp for one in kept})
    if len(kept) < order + 1 + max(len(lamps), 1):
        raise BadImage(f"{len(kept)} flats are not enough for a linearity of order {order}", "Take more levels.")
    time, mean, error = np.array([(one.exp_time, one.mean, one.error) for one in kept]).T
    light = time[:, None] * np.array([[one.lamp == lamp for lamp in lamps] for one in kept])
    _check_range(light)
    # An exposure of a million photons is known better than its shutter: errors below 1e-6 mean nothing.
    weight = 1 / np.maximum(error, 1e-6 * mean)
    doubt = np.ones(len(kept))
    for _ in range(ROUNDS):  # least absolute residuals, which one failure cannot draw away
        terms, residual = _fit(light, mean, weight * doubt, order)
        doubt = 1 / np.sqrt(np.maximum(np.abs(residual * mean * weight), 1e-3))
    spread = max(1.4826 * float(np.median(np.abs(residual))), float(np.median(1 / weight / mean)))
    used = np.abs(residual) <= np.maximum(REJECT * spread, REJECT / weight / mean)
    _check_scatter(spread, used)
    terms, residual = _fit(light, mean, weight * used, order)
    counts = np.linspace(0, mean[used].max(), NODES)
    return Linearizer(counts, _powers(counts, order) @ terms, float(np.abs(residual[used]).max()))


def _check_range(light: NDArray[np.float64]) -> None:
    """Refuse exposures of which no lamp has times that differ enough."""
    longest, shortest = light.max(axis=0), np.where(light > 0, light, np.inf).min(axis=0)
    if not (longest >= LEAST_RANGE * shortest).any():
        said = f"the exposure times of the flats, {shortest.min():g} to {longest.max():g} s, tell nothing of linearity"
        raise BadImage(said, "Take flats of a steady lamp with exposure times that differ tenfold or more.")


def _check_scatter(spread: float, used: NDArray[np.bool_]) -> None:
    """Refuse exposures that do not agree on a curve."""
    left_out = int(np.count_nonzero(~used))
    if spread > MOST_SCATTER or left_out > MOST_REJECTED * len(used):
        said = f"the flats scatter by {100 * spread:.2g} % about a curve, and {left_out} of {len(used)} do not fit it"
        raise BadImage(said, "Take flats of a steady lamp.")


def _fit(
    light: NDArray[np.float64], mean: NDArray[np.float64], weight: NDArray[np.float64], order: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit rate * time - sum(c_k counts^k) = counts; give the c_k and the fractional residuals of all exposures.

    `light` is the exposure time in the column of its lamp, 0 in the others, shape (n, number of lamps).
    """
    scale, n_lamps = mean.max(), light.shape[1]
    matrix = np.column_stack([light / light.max(), -_powers(mean / scale, order)])
    solution, *_ = np.linalg.lstsq(matrix * weight[:, None], mean * weight, rcond=None)
    terms = solution[n_lamps:] / scale ** np.arange(2, order + 1)
    expected = matrix[:, :n_lamps] @ solution[:n_lamps]
    # A lamp of which nothing was used has no rate, and its exposures fit nowhere.
    ratio = np.divide(mean + _powers(mean, order) @ terms, expected, out=np.full_like(mean, np.inf), where=expected > 0)
    return terms, ratio - 1


def _powers(counts: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    """Give counts to the powers 2 to `order`, shape (n, order - 1)."""
    powers: NDArray[np.float64] = counts[:, None] ** np.arange(2, order + 1)
    return powers
