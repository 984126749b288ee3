"""Levels of flats, amplifier by amplifier, in one reading of each frame."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby

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
Measure = Callable[[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]], Level]
SAME_TIME = 1e-3
"""Fraction by which exposure times of a pair may differ."""


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
            found.append(Illumination(frame.exp_time, mean, float(kept.std() / np.sqrt(max(kept.size, 1)))))
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


def pairs(frames: Sequence[Frame]) -> Iterator[tuple[Frame, Frame]]:
    """Give frames of equal exposure times two by two, as they were taken; one that has no partner is left out."""
    ordered = sorted(frames, key=lambda frame: (_rounded(frame.exp_time), int(frame.facts["exposure"])))
    for _, same in groupby(ordered, key=lambda frame: _rounded(frame.exp_time)):
        members = list(same)
        yield from zip(members[::2], members[1::2], strict=False)


def _rounded(exp_time: float) -> float:
    """Round an exposure time, so that times that mean the same are the same."""
    return float(np.round(np.log(max(exp_time, 1e-9)) / SAME_TIME))
