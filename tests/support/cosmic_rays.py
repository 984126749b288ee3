"""A star field with a PSF that varies, and the charge of cosmic rays on it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SKY, READ_NOISE, REACH = 200.0, 6.0, 25


@dataclass(frozen=True)
class Field:
    """A simulated image (electrons) and its truth.

    Attributes
    ----------
    charge
        Electrons that cosmic rays left in each pixel.
    noise
        Standard deviation of each pixel without them.
    cores
        y, x of the pixels with the centers of stars that no cosmic ray came near, shape (n, 2).
    """

    image: NDArray[np.float32]
    variance: NDArray[np.float32]
    charge: NDArray[np.float64]
    noise: NDArray[np.float64]
    cores: NDArray[np.int64]


def star_field(seed: int, fwhm: float, side: int = 512, stars: int = 250, rays: int = 80) -> Field:
    """Simulate Moffat stars, some of them blended, whose width grows by a third from left to right."""
    rng = np.random.default_rng(seed)
    light = np.full((side, side), SKY)
    places = rng.uniform(5, side - 6, (stars, 2))
    for place, flux in zip(places, 10 ** rng.uniform(3, 5.7, stars), strict=True):
        _add_star(light, place, flux, fwhm * (0.85 + 0.3 * place[1] / side))
    charge = np.zeros_like(light)
    for _ in range(rays):
        _add_ray(charge, rng)
    image = rng.poisson(light + charge) + rng.normal(0, READ_NOISE, light.shape)
    variance = np.maximum(image, 0) + READ_NOISE**2
    cores = np.round(places).astype(np.int64)
    free = [not np.any(charge[max(y - 4, 0) : y + 5, max(x - 4, 0) : x + 5]) for y, x in cores]
    noise = np.sqrt(light + READ_NOISE**2)
    return Field(image.astype(np.float32), variance.astype(np.float32), charge, noise, cores[free])


def _add_star(light: NDArray[np.float64], place: NDArray[np.float64], flux: float, fwhm: float) -> None:
    """Add a Moffat profile (beta 3), each pixel the mean of 2 x 2 points."""
    width = fwhm / 2 / np.sqrt(2 ** (1 / 3) - 1)
    y, x = (np.arange(max(round(c) - REACH, 0), min(round(c) + REACH + 1, len(light))) for c in place)
    profile = np.zeros((len(y), len(x)))
    for dy in (-0.25, 0.25):
        for dx in (-0.25, 0.25):
            r2 = (y[:, None] - place[0] + dy) ** 2 + (x - place[1] + dx) ** 2
            profile += (1 + r2 / width**2) ** -3
    light[np.ix_(y, x)] += flux * profile * 2 / np.pi / width**2 / 4


def _add_ray(charge: NDArray[np.float64], rng: np.random.Generator) -> None:
    """Add a straight track of a few pixels, or a spot; its charge is spread by a quarter of a pixel."""
    start, angle = rng.uniform(0, len(charge), 2), rng.uniform(0, 2 * np.pi)
    length = rng.exponential(8) * (rng.random() < 0.8)
    steps = np.linspace(0, length, max(int(length * 10), 10))
    track = start + steps[:, None] * [np.sin(angle), np.cos(angle)] + rng.normal(0, 0.25, (len(steps), 2))
    pixels = track.astype(int)
    pixels = pixels[np.all((track >= 0) & (pixels < len(charge)), axis=1)]
    np.add.at(charge, tuple(pixels.T), max(length, 1) * 10 ** rng.uniform(2.2, 4) / len(steps) / max(length, 1) ** 0.5)
