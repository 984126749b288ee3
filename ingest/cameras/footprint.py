"""Footprint of a detector image from its header's WCS."""

from pathlib import Path

import numpy as np
from astropy.coordinates import angular_separation
from astropy.wcs import WCS
from numpy.typing import NDArray

from ingest.cameras.camera import Camera, Detector
from ingest.cameras.errors import BadWcs
from ingest.cameras.fitsfile import Hdu
from ingest.cameras.focal_plane import misplacement, on_focal_plane
from ingest.cameras.wcs import COEFFICIENT, read_wcs

_SCALE_TOLERANCE = 0.1


def has_wcs(hdu: Hdu) -> bool:
    """Tell whether a header holds any keyword of a WCS, broken or not; the frame alone (EQUINOX, RADESYS) is none."""
    return any(COEFFICIENT.fullmatch(keyword) or keyword in ("CTYPE1", "CTYPE2") for keyword in hdu.header)


def footprint(
    path: Path,
    part: str,
    hdu: Hdu,
    shape: tuple[int, int],
    camera: Camera,
    detector: Detector,
    boresight: tuple[float, float],
) -> NDArray[np.float64]:
    """Compute the sky positions of an image's corners.

    Parameters
    ----------
    path, part
        The file and the HDU, for the sentence of an error.
    hdu
        HDU whose header has the celestial WCS. Its reference frame is taken for ICRS: FK5 of J2000 differs by
        hundredths of an arcsecond.
    shape
        (ny, nx).
    camera, detector
        Give the pixel scale, the radius of the field and the place in it.
    boresight
        ra, dec (deg); NaN where it is unknown.

    Returns
    -------
        (4, 2) of ra, dec (deg) of the outer pixel corners: lower left, upper left, upper right, lower right.
        Read-only.

    Raises
    ------
    BadWcs
        It cannot be read, a position is not finite, or scale or position cannot belong to this camera and pointing.
    """
    solution = read_wcs(hdu.header, path, part)
    try:
        corners, center = _positions(solution, shape)
    except Exception as error:  # wcslib's own errors
        raise BadWcs(path, part, "gives no positions") from error
    if not (np.isfinite(corners).all() and np.isfinite(center).all()):
        raise BadWcs(path, part, "gives no finite position")
    scale = _pixel_scale(corners, shape)
    if not abs(scale / camera.pixel_scale - 1) < _SCALE_TOLERANCE:
        raise BadWcs(path, part, f"has {scale:.3g} arcsec per pixel, not {camera.pixel_scale:g}")
    distance = float(np.degrees(angular_separation(*np.radians([*center, *boresight]))))
    if distance > camera.field_radius:  # never where the boresight is unknown
        raise BadWcs(path, part, f"lies {distance:.3g} deg from the boresight")
    problem = misplacement(on_focal_plane(center, boresight), shape, camera, detector)
    if problem:
        raise BadWcs(path, part, problem)
    corners.setflags(write=False)
    return corners


def _positions(solution: WCS, shape: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute ra, dec of the four outer corners and of the center, through the distortion."""
    ny, nx = shape
    x = np.array([0, 0, nx, nx, nx / 2]) - 0.5
    y = np.array([0, ny, ny, 0, ny / 2]) - 0.5
    sky = np.stack(solution.all_pix2world(x, y, 0), axis=-1)
    return sky[:4], sky[4]


def _pixel_scale(corners: NDArray[np.float64], shape: tuple[int, int]) -> float:
    """Compute the pixel scale (arcsec) from the area between the corners, which holds the distortion too."""
    ra, dec = np.radians(corners.T)
    vectors = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)
    diagonals = np.cross(vectors[2] - vectors[0], vectors[3] - vectors[1])
    area = np.linalg.norm(diagonals) / 2
    return float(np.degrees(np.sqrt(area / (shape[0] * shape[1]))) * 3600)
