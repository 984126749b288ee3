"""Raw amplifiers to one image with variance and mask planes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.isr.chain_kernel import chain
from pipeline.pixels.isr.electronics import Electronics, even_tables
from pipeline.pixels.isr.errors import BadAmplifier, BadFrame, NoDarkTime
from pipeline.pixels.isr.levels import Levels
from pipeline.pixels.isr.readout import Readout, courses, frame_shape
from pipeline.pixels.mask import BAD

Frame = NDArray[np.float32]

LEAST_RESPONSE: Final = 0.1
"""Least response of a pixel that sees the sky: one with less is dead, and the flat would turn its noise into light."""


@dataclass(frozen=True)
class Masters:
    """Calibration frames of the trimmed detector, shape (ny, nx); None leaves the step out.

    Attributes
    ----------
    bias
        Structure that the overscan does not tell (adu).
    dark
        Dark current (adu/s).
    flat
        Response, 1 on the average; where it is less than `LEAST_RESPONSE` there is no data.
    dark_time
        Time in which dark current came together (s); NaN is well where there is no dark.
    bad
        Which pixels each of these frames tells nothing of.
    """

    bias: Frame | None = None
    dark: Frame | None = None
    flat: Frame | None = None
    dark_time: float = 0.0
    bad: Sequence[NDArray[np.bool_]] = ()


@dataclass(frozen=True)
class Corrected:
    """Image with its noise and mask planes (BAD, SAT, SUSPECT, NO_DATA), shape (ny, nx)."""

    image: Frame
    variance: Frame
    mask: NDArray[np.int32]


def correct(
    readouts: Sequence[Readout],
    levels: Sequence[Levels],
    electronics: Electronics,
    masters: Masters,
    in_electrons: bool = True,
) -> Corrected:
    """Subtract overscan, crosstalk, bias and dark, make counts linear, and divide by the flat.

    Saturation is judged above the overscan, before anything else. Crosstalk comes before the linearity, as it arises
    behind it; a source counts no further than its saturation, where the electronics end. The variance is that of the
    collected electrons, dark current included, of the read noise and of the overscan's level, carried through the flat.
    It follows the pixel's own value, so that a mean weighted with it comes out too low.

    Parameters
    ----------
    readouts
        Amplifiers, all of one size.
    levels
        Overscans of each: columns, then rows; None where it is not to be subtracted.
    electronics
        Numbers of the amplifiers, in the same order.
    masters
        Calibration frames.
    in_electrons
        False for counts (adu).

    Raises
    ------
    BadAmplifier
        An amplifier has another size than the first.
    BadFrame
        A calibration frame has another size than the detector.
    NoDarkTime
        There is a dark, and nobody knows how long.
    """
    shape = frame_shape(readouts)
    stack, rows, columns = _stacked(readouts, levels)
    n = len(readouts)
    crosstalk = np.zeros((n, n)) if electronics.crosstalk is None else electronics.crosstalk
    table, per_count = even_tables(electronics.linearity, n)
    image, variance = np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.float32)
    mask = np.empty(shape, dtype=np.int32)
    chain(
        stack,
        rows,
        columns,
        *courses(readouts),
        crosstalk.astype(np.float32),
        _numbers(electronics, _saturation(electronics, readouts, levels), levels, in_electrons),
        table,
        per_count,
        _frame(masters.bias, shape, 0.0, "bias"),
        _frame(masters.dark, shape, 0.0, "dark"),
        np.float32(_dark_time(masters)),
        _frame(masters.flat, shape, 1.0, "flat"),
        np.float32(LEAST_RESPONSE),
        image,
        variance,
        mask,
    )
    for bad in masters.bad:
        mask[bad] |= BAD
    return Corrected(image, variance, mask)


def _stacked(readouts: Sequence[Readout], levels: Sequence[Levels]) -> tuple[Frame, Frame, Frame]:
    """Put the amplifiers and the levels of their rows and columns side by side."""
    ny, nx = readouts[0].data.shape
    stack = np.empty((len(readouts), ny, nx), dtype=np.float32)
    rows = np.zeros((len(readouts), ny), dtype=np.float32)
    columns = np.zeros((len(readouts), nx), dtype=np.float32)
    for i, (one, (horizontal, vertical)) in enumerate(zip(readouts, levels, strict=True)):
        if one.data.shape != (ny, nx):
            size = f"has {one.data.shape[1]} x {one.data.shape[0]} pixels, where {readouts[0].name} has {nx} x {ny}"
            raise BadAmplifier(one.name, size, "correct the definition of the camera")
        stack[i] = one.data
        if horizontal is not None:
            rows[i] = horizontal.rows
        if vertical is not None:
            columns[i] = vertical.rows
    return stack, rows, columns


def _dark_time(masters: Masters) -> float:
    """Give how long dark current is to be subtracted; without a dark the kernel still multiplies nothing by it.

    Raises
    ------
    NoDarkTime
        Nobody knows.
    """
    if masters.dark is None:
        return 0.0
    if not math.isfinite(masters.dark_time):
        raise NoDarkTime
    return masters.dark_time


def _saturation(electronics: Electronics, readouts: Sequence[Readout], levels: Sequence[Levels]) -> NDArray[np.float64]:
    """Give the saturation of each amplifier; where it is unknown, the largest number of the file above the overscan.

    Half a count less, so that rounding hides none; numbers of 32 bits have no end that a converter reaches.
    """
    found = electronics.saturation.astype(float)
    for i, (one, overscans) in enumerate(zip(readouts, levels, strict=True)):
        if np.isnan(found[i]):
            whole = np.issubdtype(one.data.dtype, np.integer)
            top = np.iinfo(one.data.dtype).max - 0.5 if whole else math.inf
            found[i] = top - sum(float(np.max(level.rows)) for level in overscans if level is not None)
    return found


def _numbers(
    electronics: Electronics, saturation: NDArray[np.float64], levels: Sequence[Levels], in_electrons: bool
) -> Frame:
    """Give the numbers of the amplifiers as the kernel takes them."""
    gain = electronics.gain
    measured = np.array([np.nan if one is None else one.noise for one, _ in levels]) * gain
    level = np.array([0.0 if one is None else one.level_error for one, _ in levels]) * gain
    noise = np.where(np.isfinite(electronics.read_noise), electronics.read_noise, np.nan_to_num(measured))
    squared = noise**2 + level**2
    scale = np.ones(len(gain)) if in_electrons else 1 / gain
    return np.column_stack([saturation, electronics.suspect, gain, squared, scale]).astype(np.float32)


def _frame(frame: Frame | None, shape: tuple[int, int], nothing: float, name: str) -> Frame:
    """Give a calibration frame, or one row that stands for nothing to be done.

    Raises
    ------
    BadFrame
        It has another size than the detector.
    """
    if frame is None:
        return np.full((1, shape[1]), nothing, dtype=np.float32)
    if frame.shape != shape:
        raise BadFrame(name, frame.shape, shape)
    return np.ascontiguousarray(frame, dtype=np.float32)
