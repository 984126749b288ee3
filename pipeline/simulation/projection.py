"""The sky onto the pixels of one detector in one exposure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.cameras.camera import Camera, Detector
from ingest.cameras.initial_wcs import initial_wcs
from pipeline.simulation.exposures import Exposure
from pipeline.simulation.weather import Weather

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Projection:
    """Tangent plane at the boresight, distortion and turbulence on it, then the pixels.

    Attributes
    ----------
    boresight
        ra, dec (deg).
    origin
        Pixel of the boresight, which lies mostly outside of the image; the first pixel is 0, 0.
    matrix
        (2, 2): steps of a column and of a row on the tangent plane (deg), as columns.
    level_matrix
        The same at position angle 0: on the focal plane.
    field_radius
        In degrees.
    distortion
        Displacement at the edge of the field, in field radii.
    weather
        Has the turbulence.
    """

    boresight: tuple[float, float]
    origin: Array
    matrix: Array
    level_matrix: Array
    field_radius: float
    distortion: float
    weather: Weather

    def pixels(self, ra: Array, dec: Array, lift: Array | None = None) -> tuple[Array, Array]:
        """Give column and row of positions (deg); NaN beyond a quarter of the sky.

        Parameters
        ----------
        lift
            Refraction toward east and north (arcsec), (2, n); none unless given.
        """
        xi, eta = self._tangent(ra, dec)
        if lift is not None:
            xi, eta = xi + lift[0] / 3600, eta + lift[1] / 3600
        swell = 1 + self.distortion * (xi**2 + eta**2) / self.field_radius**2
        moved_xi, moved_eta = self.weather.displacement(xi, eta)
        place = np.stack([xi * swell + moved_xi, eta * swell + moved_eta])
        x, y = np.linalg.solve(self.matrix, place) + self.origin[:, None]
        return x, y

    def field(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Give positions on the focal plane, in field radii along the axes of the camera."""
        (a, b), (c, d) = self.level_matrix / self.field_radius
        x, y = x - self.origin[0], y - self.origin[1]
        return a * x + b * y, c * x + d * y

    @property
    def per_arcsec(self) -> Array:
        """Give the pixels that an arcsecond to the east and one to the north are, as columns of (2, 2)."""
        return np.asarray(np.linalg.inv(self.matrix) / 3600)

    def _tangent(self, ra: Array, dec: Array) -> tuple[Array, Array]:
        """Project onto the plane that touches the sky at the boresight (deg)."""
        east = np.radians(ra - self.boresight[0])
        delta, delta0 = np.radians(dec), np.radians(self.boresight[1])
        depth = np.sin(delta0) * np.sin(delta) + np.cos(delta0) * np.cos(delta) * np.cos(east)
        depth = np.where(depth > 0, depth, np.nan)
        xi = np.cos(delta) * np.sin(east) / depth
        eta = (np.cos(delta0) * np.sin(delta) - np.sin(delta0) * np.cos(delta) * np.cos(east)) / depth
        return np.degrees(xi), np.degrees(eta)


def projection(
    camera: Camera, detector: Detector, exposure: Exposure, weather: Weather, distortion: float
) -> Projection:
    """Give the projection of a detector in an exposure; its linear part is the WCS that a raw frame begins with."""
    wcs = initial_wcs(camera, detector, exposure.ra, exposure.dec, exposure.rotation).wcs
    level = initial_wcs(camera, detector, exposure.ra, exposure.dec, 0.0).wcs.cd
    origin = np.asarray(wcs.crpix) - 1
    boresight = exposure.ra, exposure.dec
    return Projection(boresight, origin, wcs.cd, level, camera.field_radius, distortion, weather)
