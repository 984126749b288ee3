"""Levels of flats, amplifier by amplifier, in one reading of each frame."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.errors import BadImage
from pipeline.pixels.mask import BAD, CR, NO_DATA
from pipeline.pixels.products.linearity import Illumination
from pipeline.pixels.products.photon_transfer import Level, pair_level
from pipeline.products.amplifiers import Region
from pipeline.products.frames import Frame

# A saturated pixel belongs to the level: left out, it would let the others look like less light.
DEFECTIVE = BAD | CR | NO_DATA
DEAD = 0.1
"""Part of the light that the others see, by the median, below which an amplifier is dead."""
Measure = Callable[[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]], Level]
SAME_TIME = 1e-3
"""Fraction by which exposure times of pairs of one level may differ."""


def illuminations(frames: Sequence[Frame], amplifiers: Sequence[Region]) -> list[list[Illumination]]:
    """Measure the mean of each frame in each amplifier; one list for each amplifier."""
    measured: list[list[Illumination]] = [[] for _ in amplifiers]
    for frame in frames:
        pixels = frame.pixels(DEFECTIVE)
        for found, amplifier in zip(measured, amplifiers, strict=True):
            values = amplifier.of(pixels)
            values = values[np.isfinite(values)].astype(float)
            low, high = np.percentile(values, [15.865, 84.135]) if values.size else (np.nan, np.nan)
            kept = values[np.abs(values - (low + high) / 2) <= 4 * (high - low) / 2]
            mean = float(kept.mean()) if kept.size else float("nan")
            error = float(kept.std() / np.sqrt(max(kept.size, 1)))
            found.append(Illumination(frame.exp_time, mean, error, _filter(frame)))
    return measured


def pair_levels(
    frames: Sequence[Frame], amplifiers: Sequence[Region], measure: Measure = pair_level
) -> list[list[Level]]:
    """Measure the pairs of equal exposure times in each amplifier; pairs that tell nothing are left out.

    Parameters
    ----------
    measure
        `pair_level`, or `dark_level` for frames without light.
    """
    measured: list[list[Level]] = [[] for _ in amplifiers]
    for first, second in pairs(frames):
        a, b = first.pixels(DEFECTIVE), second.pixels(DEFECTIVE)
        unknown = ~(np.isfinite(a) & np.isfinite(b))
        a, b = np.nan_to_num(a), np.nan_to_num(b)
        for found, amplifier in zip(measured, amplifiers, strict=True):
            with suppress(BadImage):
                found.append(measure(a[amplifier.where], b[amplifier.where], unknown[amplifier.where]))
    return measured


def alive(measured: Sequence[Sequence[Illumination]] | Sequence[Sequence[Level]]) -> list[bool]:
    """Tell which amplifiers saw light, by the brightest flat of each; all of them where none stands out."""
    brightest = [max((one.mean for one in found if one.mean > 0), default=0.0) for found in measured]
    return [bright >= DEAD * float(np.median(brightest)) for bright in brightest]


def pairs(frames: Sequence[Frame]) -> Iterator[tuple[Frame, Frame]]:
    """Give frames of one filter and equal exposure times two by two, as they were taken; one alone is left out."""
    timed = [frame for frame in frames if np.isfinite(frame.exp_time)]
    level: list[Frame] = []
    for frame in sorted(timed, key=lambda frame: (_filter(frame), frame.exp_time)):
        if level and not _alike(level[0], frame):
            yield from _two_by_two(level)
            level = []
        level.append(frame)
    yield from _two_by_two(level)


def _alike(first: Frame, other: Frame) -> bool:
    """Tell whether the same light fell on two frames, of which the other was not exposed for less time."""
    return _filter(first) == _filter(other) and other.exp_time <= first.exp_time * (1 + SAME_TIME)


def _two_by_two(level: Sequence[Frame]) -> Iterator[tuple[Frame, Frame]]:
    ordered = sorted(level, key=lambda frame: int(frame.facts["exposure"]))
    yield from zip(ordered[::2], ordered[1::2], strict=False)


def _filter(frame: Frame) -> str:
    """Give what the light came through; '' where nothing is said of it."""
    return str(frame.facts.get("physical_filter", ""))
