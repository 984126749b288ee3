"""Petrosian fluxes: total light that needs no model."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from pipeline.pixels.growth import Ellipses, Growth, Places, Scene, covers_masked, grow

RATIO: Final = 0.2
"""Petrosian ratio that defines the radius."""
APERTURE: Final = 2.0
"""Radius of the flux aperture in Petrosian radii."""
RING: Final = 1.25
"""The ring whose surface brightness enters the ratio reaches from radius / RING to radius * RING."""
STEP: Final = 1.05
"""Ratio of neighboring radii at which the Petrosian ratio is evaluated."""
MOST: Final = 3.0
"""Largest Petrosian radius in radii of a circle of the footprint's area, where that is beyond the first rings."""
FAR: Final = (np.array([21.0, 26.0, 32.0]), np.array([21.0, 26.0, 32.0, 40.0, 50.0, 64.0]))
"""Outer radii (pixels) of the rings that large and the largest sources need beyond those of the fixed apertures."""


@dataclass(frozen=True)
class PetrosianFlux:
    """Petrosian fluxes and radii of n sources; NaN where the ratio never falls to `RATIO`.

    Parameters
    ----------
    flux, flux_error
        Light within `APERTURE` radii and its error from the variance plane (pixel unit).
    radius
        Petrosian radius (pixels).
    half_light, ninety
        Radii (pixels) of the circles that hold 50 % and 90 % of the flux.
    flag
        True where the flux is NaN or not to be trusted: the aperture runs off the image, holds unusable pixels, or
        has a ring that neighbors cover.
    """

    flux: NDArray[np.float64]
    flux_error: NDArray[np.float64]
    radius: NDArray[np.float64]
    half_light: NDArray[np.float64]
    ninety: NDArray[np.float64]
    flag: NDArray[np.bool_]


def petrosian_fluxes(scene: Scene, places: Places, growth: Growth, area: NDArray[np.int32]) -> PetrosianFlux:
    """Measure Petrosian fluxes in circles (Blanton et al. 2001, AJ 121, 2358; Strauss et al. 2002, AJ 124, 1810).

    The radius is the smallest at which the surface brightness of the ring around it falls to a fifth of the mean
    within. SDSS takes the largest such radius, which in noise often belongs to a neighbor.

    Parameters
    ----------
    scene, places
        What the curves were made of.
    growth
        Curves of growth in circles common to all sources.
    area
        Of the footprints (pixels). A faint source whose ratio does not fall soon is drowned in noise.
    """
    found = _measure(growth)
    large = MOST * np.sqrt(area / np.pi) > growth.sizes[-1] / APERTURE
    for rings in FAR:
        rows = np.flatnonzero(large & np.isnan(found.radius))
        further = grow(scene, places[rows], np.concatenate([growth.sizes, rings]))
        for name, values in vars(_measure(further)).items():
            getattr(found, name)[rows] = values
    known = np.flatnonzero(np.isfinite(found.flux))
    reach = APERTURE * found.radius[known]
    found.flag[known] |= covers_masked(scene, places[known], reach, Ellipses.circles(len(known)))
    return found


def _measure(growth: Growth) -> PetrosianFlux:
    """Find radii and fluxes; NaN where they lie beyond the curve."""
    count, last = growth.flux.shape[0], growth.sizes[-1]
    radii = np.append(np.exp(np.arange(0.0, np.log(last), np.log(STEP))), last)
    light, variance = (_smooth(growth.sizes, values, radii) for values in (growth.flux, growth.variance))
    radius = _petrosian_radius(growth, radii)
    reach = APERTURE * radius
    inside = reach <= last
    flux = np.where(inside, _at(radii, light, np.where(inside, reach, last)), np.nan)
    error = np.sqrt(np.where(inside, _at(radii, variance, np.where(inside, reach, last)), np.nan))
    ring = np.minimum(np.searchsorted(growth.sizes, np.where(inside, reach, last)), len(growth.sizes) - 1)
    sources = np.arange(count)
    spoiled = growth.truncated[sources, ring] | growth.unseen[sources, ring]
    positive = flux > 0
    return PetrosianFlux(
        flux=flux,
        flux_error=error,
        radius=np.where(inside, radius, np.nan),
        half_light=np.where(positive, _radius_of(radii, light, 0.5 * flux), np.nan),
        ninety=np.where(positive, _radius_of(radii, light, 0.9 * flux), np.nan),
        flag=spoiled | ~positive,
    )


def _petrosian_radius(growth: Growth, radii: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find where the Petrosian ratio first falls to `RATIO`; NaN where it does not, shape (n,)."""
    tried = radii[(radii > 1.0) & (radii * RING <= growth.sizes[-1])]
    inner, middle, outer = (_smooth(growth.sizes, growth.flux, tried * ratio) for ratio in (1 / RING, 1.0, RING))
    within = middle / tried**2
    ring = (outer - inner) / ((RING**2 - RING**-2) * tried**2)
    # Where noise makes the core dark, the search goes on.
    ratio = np.divide(ring, within, out=np.ones_like(ring), where=within > 0)
    low = ratio <= RATIO
    at = np.argmax(low, axis=1)
    sources = np.arange(len(at))
    before = np.maximum(at - 1, 0)
    high, below = ratio[sources, before], ratio[sources, at]
    part = np.divide(high - RATIO, high - below, out=np.ones(len(at)), where=high > below)
    radius = np.exp(np.log(tried[before]) + np.clip(part, 0.0, 1.0) * (np.log(tried[at]) - np.log(tried[before])))
    return np.where(np.any(low, axis=1), radius, np.nan)


def _smooth(sizes: NDArray[np.float64], sums: NDArray[np.float64], radii: NDArray[np.float64]) -> NDArray[np.float64]:
    """Interpolate sums, shape (n, m), to radii by monotone cubics in area, shape (n, radii)."""
    start = np.zeros((len(sums), 1))
    curve = PchipInterpolator(np.concatenate([[0.0], sizes**2]), np.concatenate([start, sums], axis=1), axis=1)
    return np.asarray(curve(radii**2))


def _at(radii: NDArray[np.float64], sums: NDArray[np.float64], radius: NDArray[np.float64]) -> NDArray[np.float64]:
    """Read one value per source off curves sampled at common radii, linearly in area, shape (n,)."""
    upper = np.clip(np.searchsorted(radii, radius), 1, len(radii) - 1)
    part = (radius**2 - radii[upper - 1] ** 2) / (radii[upper] ** 2 - radii[upper - 1] ** 2)
    sources = np.arange(len(radius))
    return np.asarray(sums[sources, upper - 1] * (1 - part) + sums[sources, upper] * part)


def _radius_of(
    radii: NDArray[np.float64], sums: NDArray[np.float64], wanted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Find the radius at which curves first reach a value per source, shape (n,)."""
    above = sums >= wanted[:, None]
    at = np.argmax(above, axis=1)
    sources = np.arange(len(at))
    area, low = np.where(at > 0, radii[at - 1] ** 2, 0.0), np.where(at > 0, sums[sources, at - 1], 0.0)
    rise = sums[sources, at] - low
    part = np.divide(wanted - low, rise, out=np.ones(len(at)), where=rise > 0)
    return np.asarray(np.sqrt(area + np.clip(part, 0.0, 1.0) * (radii[at] ** 2 - area)))
