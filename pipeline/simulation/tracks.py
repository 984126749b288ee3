"""Cosmic rays: straight tracks of muons, and crooked ones of electrons."""

import numpy as np
from numpy.typing import NDArray

THICKNESS = 10.0  # of the silicon, in pixels
PIXEL = 1e-3  # side (cm)
PER_PIXEL = 800.0  # electrons that a muon frees on the way of one pixel
STEP = 0.2  # pixels between the points of a track
DIFFUSION = 0.3  # pixels
CROOKED = 0.25  # fraction of the tracks


def add_tracks(charge: NDArray[np.float32], random: np.random.Generator, fluence: float) -> None:
    """Add the charge of cosmic rays to an image, in place.

    Parameters
    ----------
    fluence
        Rays per square centimetre.
    """
    ny, nx = charge.shape
    for _ in range(random.poisson(fluence * nx * ny * PIXEL**2)):
        x, y, freed = _track(random)
        x += random.uniform(-0.5, nx - 0.5)
        y += random.uniform(-0.5, ny - 0.5)
        column, row = np.rint(x).astype(int), np.rint(y).astype(int)
        inside = (column >= 0) & (column < nx) & (row >= 0) & (row < ny)
        np.add.at(charge, (row[inside], column[inside]), np.rint(freed[inside]).astype(np.float32))


def _track(random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give points of a track from its beginning (pixels), and the electrons freed at each."""
    if random.random() < CROOKED:
        n = int(random.integers(20, 150))
        heading = random.uniform(0, 2 * np.pi) + np.cumsum(0.35 * random.standard_normal(n))
        x, y = np.cumsum(STEP * np.cos(heading)), np.cumsum(STEP * np.sin(heading))
        freed = 2 * PER_PIXEL * STEP * random.lognormal(0, 0.4, n)
    else:
        tangent = min(np.tan(np.arccos(random.random() ** (1 / 3))), 40.0)  # of the zenith angle: cos**2
        n = max(int(THICKNESS * tangent / STEP), 8)
        angle = random.uniform(0, 2 * np.pi)
        along = THICKNESS * tangent * np.arange(n) / n
        x, y = along * np.cos(angle), along * np.sin(angle)
        freed = PER_PIXEL * THICKNESS * np.hypot(1, tangent) / n * random.lognormal(0, 0.4, n)
    return x + DIFFUSION * random.standard_normal(n), y + DIFFUSION * random.standard_normal(n), freed
