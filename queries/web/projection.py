"""Positions on the sky in flat pictures: Mollweide for all of it, gnomonic for a field."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

CENTER = 180.0  # right ascension in the middle of the all-sky map [deg]
ITERATIONS = 60  # of Newton's method; it crawls at the poles alone


@dataclass(frozen=True)
class Frame:
    """A picture of the sky in pixels; right ascension grows to the left, declination upwards."""

    width: float
    height: float


def mollweide(ra: ArrayLike, dec: ArrayLike, frame: Frame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the pixels (x to the right, y downwards) of positions [deg] in an all-sky map of equal areas.

    Snyder 1987, Map Projections (USGS Professional Paper 1395), p. 251.
    """
    phi = np.radians(np.asarray(dec, dtype=np.float64))
    theta = _auxiliary(phi)
    # Both edges of the map are one meridian: what lies on it belongs to the right one.
    east = (np.asarray(ra, dtype=np.float64) - CENTER + 180.0) % 360.0 - 180.0
    x = -east / 180.0 * np.cos(theta)
    return (1 + x) / 2 * frame.width, (1 - np.sin(theta)) / 2 * frame.height


def _auxiliary(phi: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve 2 θ + sin 2θ = π sin φ."""
    theta = np.array(phi, dtype=np.float64)
    for _ in range(ITERATIONS):
        slope = 2 + 2 * np.cos(2 * theta)
        step = (2 * theta + np.sin(2 * theta) - np.pi * np.sin(phi)) / np.maximum(slope, 1e-12)
        theta = np.clip(theta - step, -np.pi / 2, np.pi / 2)
    return theta


def graticule(frame: Frame, step: float = 30.0) -> Iterator[NDArray[np.float64]]:
    """Give meridians and parallels of the all-sky map as pixels, shape (n, 2) each."""
    along = np.linspace(-90, 90, 91)
    # The first meridian is the right edge, the last one the left edge.
    for ra in np.append(np.arange(0.0, 360.0, step), 360.0 - 1e-9):
        yield np.stack(mollweide(np.full_like(along, ra), along, frame), axis=-1)
    around = np.linspace(0, 360 - 1e-9, 181)
    for dec in np.arange(-90 + step, 90, step):
        yield np.stack(mollweide(around, np.full_like(around, dec), frame), axis=-1)


def outline(ra: ArrayLike, dec: ArrayLike, frame: Frame) -> list[NDArray[np.float64]]:
    """Give a small polygon of the sky as polygons of the all-sky map, shape (n, 2): two where it crosses the edge."""
    turned = (np.asarray(ra, dtype=np.float64) - CENTER + 180.0) % 360.0
    if np.ptp(turned) < 180.0:
        return [np.stack(mollweide(turned + CENTER - 180.0, dec, frame), axis=-1)]
    low, high = np.where(turned > 180.0, 0.0, turned), np.where(turned > 180.0, turned, 360.0 - 1e-9)
    return [np.stack(mollweide(part + CENTER - 180.0, dec, frame), axis=-1) for part in (low, high)]


def gnomonic(
    ra: ArrayLike, dec: ArrayLike, center: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give offsets to the east and north [deg] on the plane that touches the sky at a center [deg].

    Positions a quarter of the sky away or more are NaN. Calabretta & Greisen 2002, doi:10.1051/0004-6361:20021327.
    """
    east = np.radians(np.asarray(ra, dtype=np.float64) - center[0])
    phi, phi0 = np.radians(np.asarray(dec, dtype=np.float64)), np.radians(center[1])
    toward = np.sin(phi0) * np.sin(phi) + np.cos(phi0) * np.cos(phi) * np.cos(east)
    toward = np.where(toward > 1e-6, toward, np.nan)
    xi = np.cos(phi) * np.sin(east) / toward
    eta = (np.cos(phi0) * np.sin(phi) - np.sin(phi0) * np.cos(phi) * np.cos(east)) / toward
    return np.degrees(xi), np.degrees(eta)
