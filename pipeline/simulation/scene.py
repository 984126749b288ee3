"""What falls on a detector in one exposure: sky and sources."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.cameras.camera import Camera, Detector
from pipeline.simulation.config import SurveyConfig
from pipeline.simulation.exposures import Exposure
from pipeline.simulation.galaxies import draw_galaxies
from pipeline.simulation.projection import Projection, projection
from pipeline.simulation.psf import REACH, STEP, matrices, profile
from pipeline.simulation.sky import Objects
from pipeline.simulation.sources import Sources, find_sources, trailed
from pipeline.simulation.stamps import draw_points
from pipeline.simulation.weather import Weather, weather

Image = NDArray[np.float32]
FAINTEST = 0.01  # of the sky's noise: what a point source adds where its stamp ends
LEAST = 6.0  # radius of a stamp (FWHM)
STILL = 0.1  # pixels that a source may move while it is drawn as a point


@dataclass(frozen=True)
class Scene:
    """What falls on a detector.

    Attributes
    ----------
    electrons
        Expected, per pixel, (ny, nx).
    sources
        Truth of what is on the image.
    projection
        Of the sky onto it.
    """

    electrons: Image
    sources: Sources
    projection: Projection


def science_scene(
    config: SurveyConfig, camera: Camera, detector: Detector, exposure: Exposure, objects: Objects
) -> Scene:
    """Draw the sky as it falls on a detector."""
    air = weather(config.seed, exposure.number, config.conditions, exposure.time, camera.field_radius)
    place = projection(camera, detector, exposure, air, config.conditions.distortion)
    band = config.filters[exposure.physical_filter]
    sky = 10 ** (-0.4 * (band.sky - band.zero_point)) * camera.pixel_scale**2 * exposure.time
    image = _sky_image(place, air, (detector.ny, detector.nx), sky)
    sources = find_sources(config, camera, detector, exposure, objects, place)
    points = sources.among(sources.seen.objects["kind"] != "galaxy")
    moves = np.hypot(*points.motion) > STILL
    for some in (points.among(~moves), trailed(points.among(moves))):
        _draw_points(image, some, max(sky, 1.0) ** 0.5)
    draw_galaxies(image, sources, place.per_arcsec)
    inside = np.abs(sources.x - (detector.nx - 1) / 2) <= detector.nx / 2
    inside &= np.abs(sources.y - (detector.ny - 1) / 2) <= detector.ny / 2
    return Scene(image, sources.among(inside), place)


def _sky_image(place: Projection, air: Weather, shape: tuple[int, int], level: float) -> Image:
    """Draw the sky, with its gradient."""
    ny, nx = shape
    u, v = place.field(np.arange(nx, dtype=float), np.arange(ny, dtype=float)[:, None])
    return (level * (1 + air.gradient[0] * u + air.gradient[1] * v)).astype(np.float32)


def _draw_points(image: Image, points: Sources, noise: float) -> None:
    """Draw point sources, as far out as they matter against the noise of the sky (e)."""
    shapes = np.linalg.inv(matrices(points.fwhm, points.e1, points.e2))
    table = profile()
    faintest = FAINTEST * noise * points.fwhm**2 / np.maximum(points.flux, 1e-9)
    reach = np.interp(np.log(faintest), np.log(table[::-1]), np.arange(len(table))[::-1] * STEP)
    places = np.stack([points.x, points.y])[:, :, None] + points.offsets
    light = points.flux[:, None] * points.shares
    each = np.repeat(np.arange(len(points.flux)), light.shape[1])
    places = np.ascontiguousarray(places.reshape(2, -1).T)
    draw_points(image, places, shapes[each], light.ravel(), np.clip(reach, LEAST, REACH)[each], table, STEP)
