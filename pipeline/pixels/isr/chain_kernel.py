"""One pass over the pixels of all amplifiers: overscan, crosstalk, bias, linearity, dark, gain, variance, flat."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.pixels.mask import NO_DATA, SAT, SUSPECT

Row = NDArray[np.float32]
Frame = NDArray[np.float32]

INFINITE = np.float32(np.inf)

compiled = njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
SIGNATURE = (
    "void(f4[:,:,::1], f4[:,::1], f4[:,::1], i8[:,::1], i8[:,::1], f4[:,::1], f4[:,::1], f4[:,::1], f4[::1], "
    "f4[:,::1], f4[:,::1], f4, f4[:,::1], f4, f4[:,::1], f4[:,::1], i4[:,::1])"
)


@compiled
def _subtract_levels(raw: Frame, rows: Row, columns: Frame, numbers: Frame, above: Frame, limited: Frame) -> None:
    """Subtract the overscan from one row of each amplifier; `limited` ends at the saturation, and is 0 without data."""
    for i in range(len(raw)):
        level, saturation = rows[i], numbers[i, 0]
        for x in range(raw.shape[1]):
            above[i, x] = raw[i, x] - level - columns[i, x]
        for x in range(raw.shape[1]):
            counts = min(above[i, x], saturation)
            limited[i, x] = counts if abs(counts) < INFINITE else np.float32(0)


@compiled
def _subtract_crosstalk(above: Row, limited: Frame, crosstalk: Row, step: int, row: Row) -> None:
    """Give a row without crosstalk, in the order of the detector's columns, so that all that follows runs straight."""
    nx = len(row)
    for x in range(nx):
        row[x] = above[x]
    for j in range(len(crosstalk)):
        part = crosstalk[j]
        if part != 0:
            for x in range(nx):
                row[x] -= part * limited[j, x]
    if step < 0:
        for x in range(nx // 2):
            row[x], row[nx - 1 - x] = row[nx - 1 - x], row[x]


@compiled
def _subtract_bias(row: Row, bias: Row) -> None:
    for x in range(len(row)):
        row[x] -= bias[x]


@compiled
def _make_linear(row: Row, table: Row, per_count: Any) -> None:
    """Add the correction between the two nodes around each value."""
    last = np.int32(len(table) - 2)
    for x in range(len(row)):
        # What is not a number compares false with anything, and must not become a place.
        place = min(row[x] * per_count, np.float32(last + 1)) if row[x] > 0 else np.float32(0)
        node = min(np.int32(place), last)
        row[x] += table[node] + (place - np.float32(node)) * (table[node + 1] - table[node])


@compiled
def _to_units(row: Row, dark: Row, time: Any, flat: Row, numbers: Row, image: Row, variance: Row) -> None:
    """Turn linear counts into light and its variance."""
    gain, noise, scale = numbers[2], numbers[3], numbers[4]
    for x in range(len(row)):
        unit = scale / flat[x]
        variance[x] = (max(row[x] * gain, np.float32(0)) + noise) * unit * unit
    for x in range(len(row)):
        image[x] = (row[x] - dark[x] * time) * gain * (scale / flat[x])


@compiled
def _set_planes(
    above: Row, step: int, numbers: Row, flat: Row, dimmest: Any, image: Row, variance: Row, mask: NDArray[np.int32]
) -> None:
    """Mask what is saturated, suspect or without data; few rows have anything of it."""
    nx, high, missing = len(above), 0, 0
    least = min(numbers[0], numbers[1])
    for x in range(nx):
        mask[x] = 0
    for x in range(nx):
        high += above[x] >= least
        missing += not ((flat[x] >= dimmest) & (abs(image[x]) < INFINITE))
    if high:
        for x in range(nx):
            counts = above[x] if step > 0 else above[nx - 1 - x]
            mask[x] = (SAT if counts >= numbers[0] else 0) + (SUSPECT if counts >= numbers[1] else 0)
    if missing:
        for x in range(nx):
            if not ((flat[x] >= dimmest) & (abs(image[x]) < INFINITE)):
                image[x] = variance[x] = np.float32(0)
                mask[x] |= NO_DATA


@njit(SIGNATURE, cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
def chain(
    stack: NDArray[np.float32],
    rows: NDArray[np.float32],
    columns: NDArray[np.float32],
    first: NDArray[np.int64],
    step: NDArray[np.int64],
    crosstalk: NDArray[np.float32],
    numbers: NDArray[np.float32],
    table: NDArray[np.float32],
    per_count: NDArray[np.float32],
    bias: NDArray[np.float32],
    dark: NDArray[np.float32],
    dark_time: Any,
    flat: NDArray[np.float32],
    dimmest: Any,
    image: NDArray[np.float32],
    variance: NDArray[np.float32],
    mask: NDArray[np.int32],
) -> None:
    """Fill image, variance and mask.

    Parameters
    ----------
    stack
        Raw counts (adu) in the order of reading, shape (n, ny, nx).
    rows, columns
        Levels to subtract (adu), shapes (n, ny) and (n, nx).
    first, step
        Place of the first pixel in the detector, and direction from there, rows and columns, shape (n, 2).
    crosstalk
        Coefficients, shape (n, n).
    numbers
        Saturation and suspect level (adu), gain (electrons per adu), squared read noise (electrons squared), output
        unit per electron; shape (n, 5).
    table, per_count
        Even tables of the linearity.
    bias, dark, flat
        Frames of the detector (adu, adu/s, none); a single row stands for all rows.
    dark_time
        Time in which dark current came together (s).
    dimmest
        Least response (flat) of a pixel with data, above 0.
    image, variance, mask
        Frames of the detector, to be filled.
    """
    n, ny, nx = stack.shape
    above, limited = np.empty((n, nx), dtype=np.float32), np.empty((n, nx), dtype=np.float32)
    row = np.empty(nx, dtype=np.float32)
    for r in range(ny):
        _subtract_levels(stack[:, r], rows[:, r], columns, numbers, above, limited)
        for i in range(n):
            _subtract_crosstalk(above[i], limited, crosstalk[i], step[i, 1], row)
            y, x = first[i, 0] + r * step[i, 0], first[i, 1]
            here = slice(x, x + nx) if step[i, 1] > 0 else slice(x - nx + 1, x + 1)
            _subtract_bias(row, bias[min(y, len(bias) - 1), here])
            if per_count[i] > 0:
                _make_linear(row, table[i], per_count[i])
            response, current = flat[min(y, len(flat) - 1), here], dark[min(y, len(dark) - 1), here]
            _to_units(row, current, dark_time, response, numbers[i], image[y, here], variance[y, here])
            filled = image[y, here], variance[y, here], mask[y, here]
            _set_planes(above[i], step[i, 1], numbers[i], response, dimmest, *filled)
