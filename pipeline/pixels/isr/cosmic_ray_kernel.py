"""Edges sharper than any star's: the tests of L.A.Cosmic at the few pixels where they can matter."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Frame = NDArray[np.float32]
Pixels = NDArray[np.int64]
State = NDArray[np.uint8]

compiled = njit(cache=True, error_model="numpy")

FREE, LEFT_OUT, HIT = 0, 1, 2
"""States of a pixel: to be tested, never to be tested, and hit."""
LIGHT = np.float32(0.15)
"""Least part of the light above the sky that is taken for fine structure."""


@compiled
def _inside(i: int, n: int) -> int:
    """Mirror an index at the edges."""
    return abs(i) if i < n else 2 * n - 2 - i


@compiled
def _median(values: Frame, n: int) -> Any:
    """Give the middle of the first n values, the upper one of two; they are reordered (Hoare's selection)."""
    low, high, middle = 0, n - 1, n // 2
    while low < high:
        pivot, i, j = values[middle], low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while pivot < values[j]:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if j < middle:
            low = i
        if middle < i:
            high = j
    return values[middle]


@compiled
def _median_box(frame: Frame, y: int, x: int, reach: int, buffer: Frame) -> Any:
    """Give the median of a box around a pixel."""
    ny, nx = frame.shape
    n = 0
    for j in range(y - reach, y + reach + 1):
        for i in range(x - reach, x + reach + 1):
            buffer[n] = frame[_inside(j, ny), _inside(i, nx)]
            n += 1
    return _median(buffer, n)


@compiled
def _edge(frame: Frame, y: int, x: int) -> Any:
    """Give the Laplacian of a pixel split into 2 x 2, negative parts set to 0, an isolated pixel's is itself."""
    ny, nx = frame.shape
    here = np.float32(2) * frame[y, x]
    left, right = here - frame[y, _inside(x - 1, nx)], here - frame[y, _inside(x + 1, nx)]
    below, above = frame[_inside(y - 1, ny), x], frame[_inside(y + 1, ny), x]
    zero = np.float32(0)
    lower = max(left - below, zero) + max(right - below, zero)
    upper = max(left - above, zero) + max(right - above, zero)
    return np.float32(0.125) * (lower + upper)


@compiled
def _sharpness(frame: Frame, y: int, x: int, buffer: Frame) -> Any:
    """Give the edge above what is usual within 5 x 5 pixels."""
    ny, nx = frame.shape
    n = 0
    for j in range(y - 2, y + 3):
        for i in range(x - 2, x + 3):
            buffer[n] = _edge(frame, _inside(j, ny), _inside(i, nx))
            n += 1
    return _edge(frame, y, x) - _median(buffer, n)


@compiled
def _structure(frame: Frame, y: int, x: int, sky: Any, buffer: Frame, medians: Frame) -> Any:
    """Give what of a pixel is as narrow as a star but no narrower: median of 3 x 3 less that of 7 x 7 of those.

    Between two stars the latter is above the former, so a part of the light counts at least.
    """
    ny, nx = frame.shape
    n = 0
    for j in range(y - 3, y + 4):
        for i in range(x - 3, x + 4):
            medians[n] = _median_box(frame, _inside(j, ny), _inside(i, nx), 1, buffer)
            n += 1
    light = medians[24]
    return max(light - _median(medians, n), LIGHT * (light - sky))


@njit("i8[:,::1](f4[:,::1], u1[:,::1], f4)", cache=True, error_model="numpy")
def scan(frame: Frame, state: State, limit: Any) -> Pixels:
    """Give y, x of all pixels whose edge exceeds a limit, shape (n, 2)."""
    ny, nx = frame.shape
    found = np.empty((ny * nx, 2), dtype=np.int64)  # untouched memory costs nothing
    n = 0
    for y in range(ny):
        for x in range(nx):
            if state[y, x] == FREE and _edge(frame, y, x) > limit:
                found[n, 0], found[n, 1] = y, x
                n += 1
    return found[:n].copy()


@njit("i8[:,::1](f4[:,::1], f4[:,::1], u1[:,::1], i8[:,::1], f4, f4, f4)", cache=True, error_model="numpy")
def test(frame: Frame, variance: Frame, state: State, pixels: Pixels, sky: Any, clip: Any, contrast: Any) -> Pixels:
    """Mark the pixels as HIT that are too sharp for noise and for stars; give their y, x.

    Parameters
    ----------
    frame, variance
        Pixel values and their variances, what was hit already replaced.
    state
        State of each pixel, to be changed.
    pixels
        y, x of those to be tested, shape (n, 2).
    sky
        Level of the sky.
    clip
        Least sharpness (standard deviations).
    contrast
        Least sharpness over the fine structure; 0 to do without this test.
    """
    buffer, medians = np.empty(49, dtype=np.float32), np.empty(49, dtype=np.float32)
    found = np.empty_like(pixels)
    n = 0
    for y, x in pixels:
        if state[y, x] != FREE:
            continue
        noise = np.sqrt(_median_box(variance, y, x, 2, buffer))
        if _edge(frame, y, x) <= clip * noise:
            continue
        sharpness = _sharpness(frame, y, x, buffer)
        if sharpness <= clip * noise:
            continue
        if contrast > 0 and sharpness <= contrast * max(
            _structure(frame, y, x, sky, buffer, medians), np.float32(0.01) * noise
        ):
            continue
        state[y, x] = HIT
        found[n, 0], found[n, 1] = y, x
        n += 1
    return found[:n].copy()


@njit("void(f4[:,::1], f4[:,::1], u1[:,::1], i8[:,::1])", cache=True, error_model="numpy")
def replace(frame: Frame, variance: Frame, state: State, pixels: Pixels) -> None:
    """Replace pixels and their variances by medians of what is good within 5 x 5, or 11 x 11 where there is nothing."""
    ny, nx = frame.shape
    buffer, spare = np.empty(121, dtype=np.float32), np.empty(121, dtype=np.float32)
    for y, x in pixels:
        for reach in (2, 5):
            n = 0
            for j in range(max(y - reach, 0), min(y + reach + 1, ny)):
                for i in range(max(x - reach, 0), min(x + reach + 1, nx)):
                    if state[j, i] == FREE:
                        buffer[n], spare[n] = frame[j, i], variance[j, i]
                        n += 1
            if n > 0:
                frame[y, x], variance[y, x] = _median(buffer, n), _median(spare, n)
                break
