"""Kron fluxes: light within ellipses that follow the size of each source."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import sep
from numpy.typing import NDArray

from pipeline.pixels.growth import Ellipses, Growth, Places, Scene, covers_masked, grow

REACH: Final = 6.0
"""Size of the ellipse in which the first moment is taken, in rms of the footprint's light."""
FACTOR: Final = 2.5
"""Size of the flux aperture in Kron radii."""
LEAST: Final = 3.5
"""Least size of the flux aperture in rms of the footprint's light."""
RINGS: Final = np.array([0.2, 0.4, 0.6, 0.8, 1.0])
"""Rings in which the light under a neighbor is restored, as parts of the aperture."""


@dataclass(frozen=True)
class KronFlux:
    """Kron fluxes of n sources.

    Parameters
    ----------
    flux, flux_error
        Sum over the ellipse and its error from the variance plane (pixel unit).
    radius
        Kron radius (pixels): the geometric mean of the ellipse's semi-axes is `FACTOR` times that.
    least
        True where the aperture has its least size.
    flag
        True where the flux is not to be trusted: the ellipse runs off the image, holds unusable pixels, is covered
        by neighbors all around, or there is no light to take a moment of.
    """

    flux: NDArray[np.float64]
    flux_error: NDArray[np.float64]
    radius: NDArray[np.float64]
    least: NDArray[np.bool_]
    flag: NDArray[np.bool_]


def kron_fluxes(scene: Scene, places: Places, axes: NDArray[np.float64], angle: NDArray[np.float64]) -> KronFlux:
    """Measure Kron fluxes (Kron 1980, ApJS 43, 305) as SExtractor's AUTO does (Bertin & Arnouts 1996).

    Light of neighbors is left out of the radius, and replaced by the mean of the ring in the flux: see `grow`.

    Parameters
    ----------
    scene, places
        Pixels and sources.
    axes, angle
        Rms of each footprint's light along its major and minor axis (pixels), shape (n, 2), and the angle of the
        major axis (radians).
    """
    # The rms of a single pixel is that of a box.
    minor = np.maximum(axes[:, 1], 12**-0.5)
    shapes = Ellipses(np.stack([np.maximum(axes[:, 0], minor), minor], axis=1), angle)
    position = places.x, places.y, *shapes.axes.T, shapes.angle
    shared = {"mask": scene.masked, "segmap": scene.footprints, "seg_id": places.number}
    moment, _ = sep.kron_radius(scene.image, *position, REACH, **shared)
    dark = ~(moment > 0)
    size = np.where(dark, LEAST, np.maximum(FACTOR * moment, LEAST))
    growth = _grow_where_hidden(scene, places, shapes, size)
    rows = np.flatnonzero(growth.hidden[:, 0])
    spoiled = np.zeros(len(size), dtype=np.bool_)
    spoiled[rows] = covers_masked(scene, places[rows], size[rows], shapes[rows])
    empty = growth.empty[:, 0]
    return KronFlux(
        flux=np.where(empty, np.nan, growth.flux[:, 0]),
        flux_error=np.where(empty, np.nan, np.sqrt(growth.variance[:, 0])),
        radius=size / FACTOR * np.sqrt(np.prod(shapes.axes, axis=1)),
        least=size <= LEAST,
        flag=growth.truncated[:, 0] | growth.unseen[:, 0] | spoiled | dark,
    )


def _grow_where_hidden(scene: Scene, places: Places, shapes: Ellipses, size: NDArray[np.float64]) -> Growth:
    """Sum over the ellipses; in rings only where a pixel is hidden, because most sources have no neighbor."""
    whole = grow(scene, places, size[:, None], shapes)
    rows = np.flatnonzero(whole.hidden[:, 0])
    rings = grow(scene, places[rows], size[rows, None] * RINGS, shapes[rows])
    for name in ("flux", "variance", "unseen", "empty"):
        getattr(whole, name)[rows, 0] = getattr(rings, name)[:, -1]
    return whole
