"""Simulated sources of known light, drawn with numpy."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

Profile = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Surface brightness of a source of flux 1 at a radius (per pixel)."""
FINE = 5
"""Points per pixel side that a pixel is the mean of."""


def exponential(scale: float) -> Profile:
    """Make a round disk."""
    return lambda radius: np.exp(-radius / scale) / (2 * np.pi * scale**2)


def gaussian(sigma: float) -> Profile:
    """Make a round star."""
    return lambda radius: np.exp(-0.5 * (radius / sigma) ** 2) / (2 * np.pi * sigma**2)


def draw(
    shape: tuple[int, int],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    flux: NDArray[np.float64],
    profile: Profile,
    axis_ratio: float = 1.0,
) -> NDArray[np.float64]:
    """Draw sources within 60 pixels of their centers; flattened along y at constant flux."""
    image = np.zeros(shape)
    step = (np.arange(FINE) + 0.5) / FINE - 0.5
    for one_x, one_y, one_flux in zip(x, y, flux, strict=True):
        columns, rows = (
            np.arange(max(0, round(center) - 60), min(side, round(center) + 61))
            for center, side in ((one_x, shape[1]), (one_y, shape[0]))
        )
        u = (columns[:, None] + step).ravel() - one_x
        v = ((rows[:, None] + step).ravel() - one_y) / axis_ratio
        light = profile(np.hypot(u[None, :], v[:, None])) / axis_ratio
        means = light.reshape(len(rows), FINE, len(columns), FINE).mean(axis=(1, 3))
        image[np.ix_(rows, columns)] += one_flux * means
    return image


def petrosian_truth(light: Callable[[float], float]) -> tuple[float, float, float, float]:
    """Solve for Petrosian radius, part of the light within twice that, and radii of 50 % and 90 % of that part.

    Parameters
    ----------
    light
        Curve of growth: part of the light within a radius.
    """

    def excess(radius: float) -> float:
        ring = (light(1.25 * radius) - light(0.8 * radius)) / (1.25**2 - 0.8**2)
        return ring - 0.2 * light(radius)

    radius = float(brentq(excess, 0.5, 60.0))
    total = light(2 * radius)
    halves = [float(brentq(lambda r, part=part: light(r) - part * total, 0.01, 2 * radius)) for part in (0.5, 0.9)]
    return radius, total, halves[0], halves[1]
