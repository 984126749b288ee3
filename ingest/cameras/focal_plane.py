"""Positions on the focal plane, against those that a header's WCS gives."""

import math

import numpy as np
from numpy.typing import NDArray

from ingest.cameras.camera import Camera, Detector


def on_focal_plane(position: NDArray[np.float64], boresight: tuple[float, float]) -> tuple[float, float]:
    """Project a sky position onto the plane that touches the sky at the boresight (gnomonic).

    Parameters
    ----------
    position, boresight
        ra, dec (deg).

    Returns
    -------
        xi to the east and eta to the north (deg); NaN where the boresight is unknown.
    """
    east = np.radians(position[0] - boresight[0])
    dec, dec0 = np.radians([position[1], boresight[1]])
    depth = np.sin(dec0) * np.sin(dec) + np.cos(dec0) * np.cos(dec) * np.cos(east)
    xi = np.cos(dec) * np.sin(east) / depth
    eta = (np.cos(dec0) * np.sin(dec) - np.sin(dec0) * np.cos(dec) * np.cos(east)) / depth
    return float(np.degrees(xi)), float(np.degrees(eta))


def misplacement(place: tuple[float, float], shape: tuple[int, int], camera: Camera, detector: Detector) -> str:
    """Say how an image lies where its detector cannot be; '' where it may.

    A cut-out has a center of its own: its distance from the detector's may be half of what was cut off. More than that
    is allowed by ``pointing_error`` of the camera. Without one nothing is checked: a camera that can be turned has its
    detectors anywhere around the boresight.

    Parameters
    ----------
    place
        xi, eta of the image's center (deg); NaN where the boresight is unknown, which is no misplacement.
    shape
        (ny, nx) of the image.
    """
    if camera.pointing_error is None or detector.center is None:
        return ""
    cut_off = math.hypot(detector.nx - shape[1], detector.ny - shape[0]) / 2 * camera.pixel_scale / 3600
    if not math.dist(place, detector.center) > cut_off + camera.pointing_error:
        return ""
    there, wanted = (f"({xi:.3f}, {eta:.3f}) deg" for xi, eta in (place, detector.center))
    return f"lies {there} from the boresight, where the center of {detector.name} is at {wanted}"
