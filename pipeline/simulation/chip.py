"""What is fixed about a detector: response, dark current, amplifiers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.cameras.camera import Camera, Detector
from pipeline.simulation.effects import Effects
from pipeline.simulation.streams import stream

Image = NDArray[np.float32]
Array = NDArray[np.float64]
DEAD = 0.02  # response of a dead column
HOT, HOT_COLUMN = 2.0, 50.0  # least dark current of a hot pixel, and that of a hot column (e / s)


@dataclass(frozen=True)
class Amplifiers:
    """Truth of the amplifiers of a detector, in the order of its layout.

    Attributes
    ----------
    gain, read_noise
        e / adu, and e; (n,).
    nonlinearity
        c of `Detector`, (n,).
    full_well
        Electrons above which charge bleeds; infinite where the definition knows of no saturation, (n,).
    crosstalk
        (n, n): fraction of each source (column) that appears in each target (row).
    """

    gain: Array
    read_noise: Array
    nonlinearity: Array
    full_well: Array
    crosstalk: Array


@dataclass(frozen=True)
class Chip:
    """A detector as it is.

    Attributes
    ----------
    seed, effects, camera, detector
        What it was drawn for.
    response
        Of each pixel to light, vignetting included, (ny, nx).
    dark
        Dark current (e / s), (ny, nx).
    bias
        Fixed pattern of the bias (adu), (ny, nx).
    bad_columns
        Column, first row, rows, and whether it is dead (True) or hot.
    """

    seed: int
    effects: Effects
    camera: Camera
    detector: Detector
    response: Image
    dark: Image
    bias: Image
    bad_columns: tuple[tuple[int, int, int, bool], ...]
    amplifiers: Amplifiers


def make_chip(seed: int, effects: Effects, camera: Camera, detector: Detector) -> Chip:
    """Draw the properties of a detector; exposures have no part in them."""
    number, shape = detector.number, (detector.ny, detector.nx)
    columns = _bad_columns(seed, effects.defects, detector)
    response = _vignetting(effects.vignetting, camera, detector)
    if effects.prnu:
        response *= 1 + effects.prnu * stream(seed, "prnu", number).standard_normal(shape, dtype=np.float32)
    np.maximum(response, 0, out=response)  # a detector may reach beyond the field, where nothing is left to lose
    dark = np.full(shape, effects.dark_current, dtype=np.float32)
    if effects.hot_pixels:
        _heat(dark, stream(seed, "hot pixels", number), effects.hot_pixels)
    for column, row, rows, dead in columns:
        if dead:
            response[row : row + rows, column] *= DEAD
        else:
            dark[row : row + rows, column] += HOT_COLUMN
    bias, amplifiers = _bias(seed, effects, detector), make_amplifiers(seed, effects, detector)
    return Chip(seed, effects, camera, detector, response, dark, bias, columns, amplifiers)


def _vignetting(loss: float, camera: Camera, detector: Detector) -> Image:
    """Give what the telescope lets through: 1 on the axis, and less with the square of the distance from it."""
    center = detector.center or (0.0, 0.0)
    turn, scale = np.radians(detector.rotation or 0.0), camera.pixel_scale / 3600 / camera.field_radius
    x = (np.arange(detector.nx) - (detector.nx - 1) / 2) * scale
    y = (np.arange(detector.ny) - (detector.ny - 1) / 2)[:, None] * scale * (camera.parity or 1)
    u = center[0] / camera.field_radius + x * np.cos(turn) - y * np.sin(turn)
    v = center[1] / camera.field_radius + x * np.sin(turn) + y * np.cos(turn)
    return np.asarray(1 - loss * (u * u + v * v), dtype=np.float32)


def _heat(dark: Image, random: np.random.Generator, fraction: float) -> None:
    """Make a fraction of the pixels hot, and some of these much more than others."""
    count = random.binomial(dark.size, fraction)
    where = random.integers(dark.size, size=count)
    dark.ravel()[where] += HOT * (1 + random.pareto(1.5, count))


def _bad_columns(seed: int, count: int, detector: Detector) -> tuple[tuple[int, int, int, bool], ...]:
    """Draw bad columns, dead and hot ones in turn; each begins somewhere and goes on to the upper end."""
    random = stream(seed, "defects", detector.number)
    found = []
    for n in range(count):
        column, row = int(random.integers(detector.nx)), int(random.integers(detector.ny * 3 // 4))
        found.append((column, row, detector.ny - row, n % 2 == 0))
    return tuple(found)


def _bias(seed: int, effects: Effects, detector: Detector) -> Image:
    """Draw a fixed pattern: columns, and a glow toward one corner."""
    shape = (detector.ny, detector.nx)
    if not effects.bias_structure:
        return np.zeros(shape, dtype=np.float32)
    random = stream(seed, "bias", detector.number)
    columns = random.standard_normal(detector.nx)
    along, up = (np.exp(-5 * np.arange(n) / n) for n in (detector.nx, detector.ny))
    glow = along * up[:, None]
    pattern = columns / 2 + 4 * glow + random.standard_normal(shape, dtype=np.float32) / 3
    return np.asarray(effects.bias_structure * pattern, dtype=np.float32)


def make_amplifiers(seed: int, effects: Effects, detector: Detector) -> Amplifiers:
    """Draw the truth of amplifiers about what the definition of the camera says."""
    random = stream(seed, "amplifiers", detector.number)
    n = len(detector.gain)
    gain = np.array(detector.gain) * (1 + effects.gain_scatter * random.standard_normal(n))
    noise = np.array(detector.read_noise) * (1 + effects.gain_scatter * random.standard_normal(n))
    bent = np.array(detector.nonlinearity or [0.0] * n) * effects.nonlinearity
    saturation = np.array(detector.saturation or [np.inf] * n)
    # A little above what counts as saturated, so that noise does not hide a full pixel.
    full_well = 1.02 * gain * (saturation + bent * saturation**2) if effects.bleeding else np.full(n, np.inf)
    coupling = np.abs(stream(seed, "crosstalk", detector.number).standard_normal((n, n))) * effects.crosstalk
    np.fill_diagonal(coupling, 0.0)
    return Amplifiers(gain, noise * effects.read_noise, bent, full_well, coupling)
