"""Kernels that sort the values of a pixel."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

NOISIER = 5
"""How many times noisier than its neighbourhood a pixel is that is not so by chance."""


@njit(cache=True)
def _sorted(frames: NDArray[np.float32], y: int, x: int, buffer: NDArray[np.float32]) -> int:
    """Put the values of a pixel into the buffer in order, without NaN; give how many there are."""
    n = 0
    for k in range(frames.shape[0]):
        value = frames[k, y, x]
        if np.isnan(value):
            continue
        place = n
        while place > 0 and buffer[place - 1] > value:
            buffer[place] = buffer[place - 1]
            place -= 1
        buffer[place] = value
        n += 1
    return n


@njit(cache=True)
def _median(ordered: NDArray[np.float32], n: int) -> float:
    return float(ordered[n // 2]) if n % 2 else 0.5 * float(ordered[n // 2 - 1] + ordered[n // 2])


@njit(cache=True)
def _deviation(ordered: NDArray[np.float32], n: int, median: float) -> float:
    """Give the median absolute deviation: from the middle outwards, on whichever side the next value is nearer."""
    high = n // 2
    low = high - 1
    inner = outer = 0.0
    for _ in range(n // 2 + 1):
        below = median - ordered[low] if low >= 0 else np.inf
        above = ordered[high] - median if high < n else np.inf
        inner = outer
        if below < above:
            outer = below
            low -= 1
        else:
            outer = above
            high += 1
    return outer if n % 2 else 0.5 * (inner + outer)


@njit(cache=True)
def deviations(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the median absolute deviation of each pixel, shape (ny, nx); NaN where there are fewer than three values."""
    n, ny, nx = frames.shape
    buffer = np.empty(n, np.float32)
    found = np.empty((ny, nx), np.float32)
    for y in range(ny):
        for x in range(nx):
            m = _sorted(frames, y, x, buffer)
            found[y, x] = _deviation(buffer, m, _median(buffer, m)) if m > 2 else np.nan
    return found


@njit(cache=True)
def clipped_means(
    frames: NDArray[np.float32], noise: NDArray[np.float32], scale: float, n_sigma: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int16]]:
    """Give the clipped mean of each pixel, the standard deviation of its values, and how many of them are in it.

    Parameters
    ----------
    frames
        Shape (n, ny, nx).
    noise
        Standard deviation of the neighbourhood, the least to clip by, shape (ny, nx).
    scale
        Standard deviations per median absolute deviation.
    """
    n, ny, nx = frames.shape
    buffer = np.empty(n, np.float32)
    mean = np.full((ny, nx), np.nan, np.float32)
    used_noise = np.full((ny, nx), np.nan, np.float32)
    n_used = np.zeros((ny, nx), np.int16)
    for y in range(ny):
        for x in range(nx):
            m = _sorted(frames, y, x, buffer)
            if m == 0:
                continue
            median = _median(buffer, m)
            sigma = max(_deviation(buffer, m, median) * scale if m > 2 else 0.0, noise[y, x])
            total, used = 0.0, 0
            for k in range(m):
                if abs(buffer[k] - median) <= n_sigma * sigma:
                    total += buffer[k]
                    used += 1
            mean[y, x] = total / used if used else median
            # What stands out by chance is no noisier than its neighbourhood.
            used_noise[y, x] = sigma if sigma > NOISIER * noise[y, x] else noise[y, x]
            n_used[y, x] = max(used, 1)
    return mean, used_noise, n_used
