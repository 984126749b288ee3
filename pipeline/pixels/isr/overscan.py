"""Level and noise of an amplifier without light, from its overscan."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.polynomial import Legendre
from numpy.typing import NDArray

LIGHT: Final = 5.0
"""Standard deviations by which a column must differ from the others to hold light."""
LEAST_LIGHT: Final = 1.0
"""Least difference of such a column (adu): medians of whole numbers are whole or halves."""
CLIP: Final = 4.0
"""Standard deviations from the median of its row beyond which a pixel does not count."""
PASSES: Final = 4
"""Fits of a polynomial, each without the rows that did not follow the one before."""
SAMPLE: Final = 256
"""Least number of rows for the medians of whole columns, where there are so many."""
TO_SIGMA: Final = 1.4826
"""Standard deviation of normal noise over its median absolute deviation."""


@dataclass(frozen=True)
class Overscan:
    """What an overscan tells.

    Attributes
    ----------
    rows
        Level of each row (adu), shape (ny,).
    level
        Median of those (adu).
    noise
        Standard deviation of a pixel about the level of its row (adu); NaN where there are too few columns.
    level_error
        Standard deviation of the level of a row (adu); 0 where the noise is unknown.
    dark
        Which columns are without light, shape (n,).
    """

    rows: NDArray[np.float32]
    level: float
    noise: float
    level_error: float
    dark: NDArray[np.bool_]


def overscan_level(pixels: NDArray[Any], order: int | None = None) -> Overscan:
    """Measure the level of each row.

    It is the mean of what lies within 4 standard deviations of the row's median: less noisy than the median by a
    fifth, and no coarser than the noise where the median of whole numbers is. Columns into which light or deferred
    charge leaks, which headers may well call overscan, are found by their medians and left out. A row of which no pixel
    can be trusted, as where one of two columns was hit, gets its level from those around it.

    Parameters
    ----------
    pixels
        Overscan columns (adu), shape (ny, n), n at least 1; what is not a finite number does not count.
    order
        Order of the Legendre polynomial of the row that replaces the levels of single rows; None for none.
    """
    values = np.asarray(pixels, dtype=np.float32)
    known = np.isfinite(values)
    values = _filled(values, known)
    dark = _without_light(values)
    values, known = values[:, dark], known[:, dark]
    deviations = values - np.median(values, axis=1, keepdims=True)
    kept = known & (np.abs(deviations) <= CLIP * max(_spread(_some(deviations)), LEAST_LIGHT / CLIP))
    counts = kept.sum(axis=1)
    rows = _between(np.where(kept, values, 0).sum(axis=1, dtype=np.float64) / np.maximum(counts, 1), counts > 0)
    residuals = np.where(kept, values - rows[:, None], 0)
    freedom = int(counts.sum()) - np.count_nonzero(counts)
    noise = math.sqrt(float(np.square(residuals).sum()) / freedom) if freedom else math.nan
    smooth = rows if order is None or not counts.any() else _smooth(rows, order)
    pixels_per_level = len(rows) * values.shape[1] / (len(rows) if order is None else order + 1)
    error = noise / math.sqrt(pixels_per_level) if freedom else 0.0
    return Overscan(smooth.astype(np.float32), float(np.median(smooth)), noise, error, dark)


def _filled(values: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Give what is unknown the lower median of its row, or that of all rows where nothing of a row is known."""
    if known.all():
        return values
    n = known.sum(axis=1)
    ordered = np.sort(np.where(known, values, np.float32(np.inf)), axis=1)
    middles = ordered[np.arange(len(n)), np.maximum(n - 1, 0) // 2]
    middles[n == 0] = np.median(middles[n > 0]) if n.any() else 0
    return np.where(known, values, middles[:, None])


def _between(rows: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give the levels of rows with those that are unknown between the others; NaN where no row has one."""
    if not known.any():
        return np.full_like(rows, np.nan)
    places = np.arange(len(rows))
    return np.interp(places, places[known], rows[known])


def _without_light(values: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell which columns agree with most of the others."""
    some = _some(values)
    medians = np.median(some, axis=0)
    middle = np.median(medians)
    expected = math.sqrt(math.pi / 2 / len(some)) * _spread(some - medians)
    limit = LIGHT * max(_spread(medians - middle), expected)
    dark: NDArray[np.bool_] = np.abs(medians - middle) <= max(limit, LEAST_LIGHT)
    return dark


def _some(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give as many evenly spaced rows as a median needs."""
    return values[:: max(1, len(values) // SAMPLE)]


def _spread(deviations: NDArray[np.float32]) -> float:
    """Estimate the standard deviation of what has its middle at 0."""
    return TO_SIGMA * float(np.median(np.abs(deviations)))


def _smooth(rows: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    """Fit a polynomial to the levels, without the rows that do not follow it."""
    places = np.linspace(-1, 1, len(rows))
    good = np.ones(len(rows), dtype=np.bool_)
    for _ in range(PASSES):
        fit = Legendre.fit(places[good], rows[good], min(order, int(good.sum()) - 1), domain=[-1, 1])
        residuals = rows - fit(places)
        residuals -= np.median(residuals)
        good = np.abs(residuals) <= CLIP * TO_SIGMA * np.median(np.abs(residuals))
    smooth: NDArray[np.float64] = fit(places)
    return smooth
