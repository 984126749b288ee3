"""From charge to counts: amplifiers, crosstalk, overscan, noise."""

import numpy as np
from numpy.typing import NDArray

from ingest.cameras.amplifiers import Amplifier, Section
from pipeline.simulation.chip import Chip
from pipeline.simulation.effects import Effects
from pipeline.simulation.streams import stream

Image = NDArray[np.float32]
Counts = NDArray[np.uint16]
LEVEL = 1000.0  # of the overscan (adu)
HIGHEST = 65535


def read_out(chip: Chip, number: int, charge: Image) -> dict[str, Counts]:
    """Give the raw images by the name of their HDU, (ny, nx) of the layout each; '' is the one of a file without.

    In the order of the chain: gain, non-linearity, fixed pattern of the bias, crosstalk, level and drift, noise, and
    the converter. Instrument signature removal undoes them from the end.

    Parameters
    ----------
    number
        Of the exposure.
    charge
        Electrons in the pixels.
    """
    effects, detector = chip.effects, chip.detector
    amplifiers = chip.camera.amplifiers_of(detector)
    video = [_video(one, k, chip, charge) for k, one in enumerate(amplifiers)]
    if effects.crosstalk:
        video = _crosstalk(amplifiers, video, chip.amplifiers.crosstalk)
    layout = chip.camera.amplifiers[str(detector.amplifiers)]
    raw = {one.hdu: np.zeros((layout.ny, layout.nx), dtype=np.uint16) for one in amplifiers}
    for k, (one, signal) in enumerate(zip(amplifiers, video, strict=True)):
        words = number, detector.number, k
        signal += _levels(chip.seed, effects, words, signal.shape[0])[:, None]
        if effects.read_noise:
            noise = stream(chip.seed, "read noise", *words).standard_normal(signal.shape, dtype=np.float32)
            signal += noise * np.float32(chip.amplifiers.read_noise[k] / chip.amplifiers.gain[k])
        raw[one.hdu][slices(one.raw)] = np.clip(np.rint(signal), 0, HIGHEST)
    return raw


def slices(section: Section) -> tuple[slice, slice]:
    """Give a section as a numpy index, whichever way its axes run."""
    (x1, x2), (y1, y2) = sorted(section.x), sorted(section.y)
    return slice(y1 - 1, y2), slice(x1 - 1, x2)


def _video(amplifier: Amplifier, k: int, chip: Chip, charge: Image) -> Image:
    """Give the signal of an amplifier above its level (adu), over its raw image; nothing in the overscans."""
    truth, box = chip.amplifiers, amplifier.detector
    turn = (slice(None, None, 1 if box.y[0] <= box.y[1] else -1), slice(None, None, 1 if box.x[0] <= box.x[1] else -1))
    linear = charge[slices(box)][turn] / np.float32(truth.gain[k])
    bent = truth.nonlinearity[k]
    if bent:
        # The counts m with m + c m**2 = linear; below zero noise only, which stays as it is.
        linear = np.where(linear > 0, (np.sqrt(1 + 4 * bent * np.maximum(linear, 0)) - 1) / (2 * bent), linear)
    signal = np.zeros(amplifier.raw.shape, dtype=np.float32)
    rows, columns = slices(amplifier.data)
    below, left = min(amplifier.raw.y) - 1, min(amplifier.raw.x) - 1
    inside = slice(rows.start - below, rows.stop - below), slice(columns.start - left, columns.stop - left)
    signal[inside] = linear + chip.bias[slices(box)][turn]
    return signal


def _crosstalk(amplifiers: tuple[Amplifier, ...], video: list[Image], coupling: NDArray[np.float64]) -> list[Image]:
    """Add to each amplifier what the others read at the same time.

    A full converter still couples at most what it can show.
    """
    turns = [_read_order(one) for one in amplifiers]
    stack = np.stack([signal[turn] for signal, turn in zip(video, turns, strict=True)])
    flat = np.minimum(stack, HIGHEST).reshape(len(stack), -1)
    stack += (coupling.astype(np.float32) @ flat).reshape(stack.shape)
    return [np.ascontiguousarray(signal[turn]) for signal, turn in zip(stack, turns, strict=True)]


def _read_order(amplifier: Amplifier) -> tuple[slice, slice]:
    """Give the index that turns a raw image so that the pixel read first is the first, and back."""
    box, corner = amplifier.detector, amplifier.read_from or "lower left"
    up = ("upper" in corner) == (box.y[0] > box.y[1])
    right = ("right" in corner) == (box.x[0] > box.x[1])
    return slice(None, None, 1 if up else -1), slice(None, None, 1 if right else -1)


def _levels(seed: int, effects: Effects, words: tuple[int, int, int], rows: int) -> Image:
    """Give the level of each row of an amplifier (adu): its own, and a drift from row to row."""
    exposure, detector, k = words
    level = LEVEL + 20 * stream(seed, "level", detector, k).standard_normal()
    if not effects.overscan_drift:
        return np.full(rows, level, dtype=np.float32)
    random = stream(seed, "drift", exposure, detector, k)
    walk = np.cumsum(random.standard_normal(rows)) / np.sqrt(rows)
    start = 3 * np.exp(-np.arange(rows) / 100)
    return np.asarray(level + effects.overscan_drift * (random.standard_normal() + walk + start), dtype=np.float32)
