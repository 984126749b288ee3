"""The first WCS of a raw frame: boresight, focal plane, nominal scale."""

import math

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray

from ingest.cameras.camera import Camera, Detector
from schema.errors import SkyledgerError


class UnknownPlace(SkyledgerError):
    """A detector or a pointing of which too little is known for a WCS."""

    def __init__(self, camera: str, detector: str, missing: str) -> None:
        self.camera, self.detector, self.missing = camera, detector, missing
        super().__init__(f"{camera} {detector} gets no first WCS: {missing} is unknown; solve it without")


def initial_wcs(camera: Camera, detector: Detector, ra: float, dec: float, sky_rotation: float) -> WCS:
    """Compute where the pixels of a trimmed image look, as far as pointing and focal plane tell.

    A tangent plane at the boresight, with the scale of the camera's definition and no distortion: the detector's center
    is as good as the pointing, its corners are off by what the scale differs there.

    Parameters
    ----------
    camera, detector
        Give pixel scale, parity, center and rotation.
    ra, dec
        ICRS position of the boresight (deg).
    sky_rotation
        Position angle of the camera (deg): of the axis eta of its focal plane, from north through east.

    Raises
    ------
    UnknownPlace
        The definition does not place the detector, or the pointing is NaN.
    """
    if missing := _missing(camera, detector, (ra, dec, sky_rotation)):
        raise UnknownPlace(camera.name, detector.name, missing)
    turn = np.radians(sky_rotation)
    on_sky = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])  # xi, eta to east, north
    matrix = on_sky @ _pixel_axes(camera, detector)
    middle = np.array([detector.nx + 1, detector.ny + 1]) / 2
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.cunit = ["deg", "deg"]
    wcs.wcs.radesys = "ICRS"
    wcs.wcs.crval = [ra, dec]
    wcs.wcs.lonpole = 180.0  # at the pole the default is 0: half a turn
    wcs.wcs.cd = matrix
    wcs.wcs.crpix = middle - np.linalg.solve(matrix, on_sky @ np.array(detector.center))
    wcs.wcs.set()
    return wcs


def initial_corners(
    camera: Camera, detector: Detector, ra: float, dec: float, sky_rotation: float
) -> NDArray[np.float64] | None:
    """Compute the outer corners of a trimmed image, moved out by the camera's pointing error.

    Returns
    -------
        (4, 2) of ra, dec (deg): lower left, upper left, upper right, lower right; read-only. None where definition or
        pointing tell too little.
    """
    if _missing(camera, detector, (ra, dec, sky_rotation)):
        return None
    out = (camera.pointing_error or 0.0) * 3600 / camera.pixel_scale + 0.5
    low, right, top = 1 - out, detector.nx + out, detector.ny + out
    wcs = initial_wcs(camera, detector, ra, dec, sky_rotation)
    corners = wcs.wcs_pix2world([[low, low], [low, top], [right, top], [right, low]], 1)
    corners.setflags(write=False)
    return np.asarray(corners)


def _pixel_axes(camera: Camera, detector: Detector) -> NDArray[np.float64]:
    """Give the steps of one column and of one row on the focal plane, as columns of a matrix (deg)."""
    columns = math.radians(detector.rotation or 0.0)
    rows = columns + math.radians(90.0 * (camera.parity or 1))
    steps = np.array([[math.cos(columns), math.cos(rows)], [math.sin(columns), math.sin(rows)]])
    return steps * camera.pixel_scale / 3600


def _missing(camera: Camera, detector: Detector, pointing: tuple[float, float, float]) -> str:
    """Say what is unknown; '' where everything is known."""
    known = {
        "the pointing": all(map(math.isfinite, pointing)),
        "its center on the focal plane": detector.center is not None,
        "its rotation": detector.rotation is not None,
        "the camera's parity": camera.parity is not None,
    }
    return next((what for what, is_known in known.items() if not is_known), "")
