"""Quantiles of a stream of numbers in bounded memory."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

STEP = 0.01  # of a bin, relative to the number
REACH = 2500  # bins on each side of zero


class Quantiles:
    """Counts numbers in bins that widen with them.

    A quantile is wrong by at most a hundredth of itself, or of `scale` where it is smaller than that; numbers beyond
    3e10 times the scale count as if they were there.
    """

    def __init__(self, scale: float) -> None:
        self._scale = scale
        self._counts = np.zeros(2 * REACH + 1, np.int64)

    @property
    def n(self) -> int:
        """How many numbers there were."""
        return int(self._counts.sum())

    def add(self, values: NDArray[np.float64]) -> None:
        """Take some more finite numbers."""
        bins = np.rint(np.arcsinh(values / self._scale) / STEP)
        self._counts += np.bincount((np.clip(bins, -REACH, REACH) + REACH).astype(np.int64), minlength=2 * REACH + 1)

    def at(self, parts: Sequence[float]) -> list[float]:
        """Give the numbers below which so large parts of all lie; NaN when there were none."""
        if not self.n:
            return [float("nan")] * len(parts)
        sums = np.cumsum(self._counts)
        ranks = np.asarray(parts) * (self.n - 1)
        # Between two numbers it lies where it would between the numbers themselves.
        ends = np.floor(ranks), np.ceil(ranks)
        below, above = (self._value(np.searchsorted(sums, end, side="right")) for end in ends)
        return [float(value) for value in below + (above - below) * (ranks % 1)]

    def _value(self, bins: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give the middle of bins."""
        return np.asarray(np.sinh(STEP * (bins - REACH)) * self._scale)
