"""Sources of one exposure: where their light falls, and how much."""

from dataclasses import dataclass, replace

import numpy as np
from astropy.time import Time
from numpy.typing import NDArray

from ingest.cameras.camera import Camera, Detector
from pipeline.simulation.config import SurveyConfig
from pipeline.simulation.exposures import Exposure
from pipeline.simulation.projection import Projection
from pipeline.simulation.psf import Psf
from pipeline.simulation.refraction import shifts, weights
from pipeline.simulation.seen import Seen, seen
from pipeline.simulation.sky import YEAR, Objects

Array = NDArray[np.float64]
MARGIN = 200  # pixels around the image from where sources still reach it
INVISIBLE = 30.0  # magnitude
TRAIL = 9  # points of a trail
UNRESOLVED = 0.02  # pixels over which a band may be spread, and be drawn as one point


@dataclass(frozen=True)
class Sources:
    """Sources that fall on or near a detector, in one exposure.

    Attributes
    ----------
    seen
        What they are.
    x, y
        Centroid, refraction included; the center of the first pixel is 0.
    flux
        Expected electrons, were there no vignetting.
    fwhm, e1, e2
        Of the PSF there, without refraction (pixels).
    offsets
        From the centroid to each of k slices of the band, (2, n, k; pixels).
    shares
        Of the slices in the light, (n, k).
    motion
        From the begin of the exposure to its end, (2, n; pixels).
    """

    seen: Seen
    x: Array
    y: Array
    flux: Array
    fwhm: Array
    e1: Array
    e2: Array
    offsets: Array
    shares: Array
    motion: Array

    def among(self, chosen: NDArray[np.bool_]) -> "Sources":
        """Give some of them."""
        x, y, flux, fwhm, e1, e2 = (a[chosen] for a in (self.x, self.y, self.flux, self.fwhm, self.e1, self.e2))
        offsets, shares, motion = self.offsets[:, chosen], self.shares[chosen], self.motion[:, chosen]
        return Sources(self.seen.among(chosen), x, y, flux, fwhm, e1, e2, offsets, shares, motion)


def find_sources(
    config: SurveyConfig, camera: Camera, detector: Detector, exposure: Exposure, objects: Objects, place: Projection
) -> Sources:
    """Find the sources whose light falls on a detector, or beside it."""
    name = exposure.physical_filter
    band = config.filters[name]
    known = camera.filter(name)
    mjd = float(Time(exposure.middle).tai.mjd)
    sight = seen(objects, mjd, known.band if known else name, config.filters)
    x, y = place.pixels(sight.ra, sight.dec)
    near = (x > -MARGIN) & (x < detector.nx + MARGIN) & (y > -MARGIN) & (y < detector.ny + MARGIN)
    near &= sight.magnitude < INVISIBLE
    sight, x, y = sight.among(near), x[near], y[near]
    airmass = exposure.direction.airmass
    magnitude = sight.magnitude + band.extinction * airmass - band.zero_point
    flux = 10 ** (-0.4 * magnitude) * place.weather.transparency * exposure.time
    offsets, shares = _dispersion(config, exposure, sight, place)
    mean = np.sum(offsets * shares, axis=2)
    # Kolmogorov seeing: airmass**0.6 and wavelength**-0.2.
    fwhm = place.weather.seeing * airmass**0.6 * (band.center / 500) ** -0.2 / camera.pixel_scale
    shape = Psf(fwhm, place).at(x, y)
    rate = np.stack([sight.objects["pmRa"], sight.objects["pmDec"]]) / 1000 / (YEAR * 86400)  # arcsec / s
    motion = place.per_arcsec @ rate * exposure.time
    return Sources(sight, x + mean[0], y + mean[1], flux, *shape, offsets - mean[:, :, None], shares, motion)


def trailed(sources: Sources) -> Sources:
    """Give moving sources with their light along their way: each slice of the band becomes TRAIL."""
    when = (np.arange(TRAIL) + 0.5) / TRAIL - 0.5
    along = sources.offsets[:, :, :, None] + sources.motion[:, :, None, None] * when
    shape = sources.shares.shape[0], sources.shares.shape[1] * TRAIL
    shares = np.repeat(sources.shares / TRAIL, TRAIL, axis=1)
    return replace(sources, offsets=along.reshape(2, *shape), shares=shares)


def _dispersion(config: SurveyConfig, exposure: Exposure, sight: Seen, place: Projection) -> tuple[Array, Array]:
    """Give where the slices of the band fall (2, n, k; pixels) and how the light is shared (n, k)."""
    band = config.filters[exposure.physical_filter]
    lift = shifts(band, exposure.direction.altitude, config.site)
    up = np.radians(exposure.direction.parallactic)
    steps = place.per_arcsec @ np.stack([lift * np.sin(up), lift * np.cos(up)])
    n = len(sight.ra)
    if not config.conditions.refraction or np.ptp(np.hypot(*steps)) < UNRESOLVED:
        return np.zeros((2, n, 1)), np.ones((n, 1))
    return np.repeat(steps[:, None, :], n, axis=1), weights(band, sight.slope)
