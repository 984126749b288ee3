"""The first WCS of a detector agrees with the solved ones of real frames as far as the camera promises."""

import math
from pathlib import Path

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS

from ingest.cameras.camera import Camera, Detector, load_cameras
from ingest.cameras.focal_plane import on_focal_plane
from ingest.cameras.initial_wcs import UnknownPlace, initial_corners, initial_wcs
from tests.ingest.cameras.test_focal_plane import REFERENCE_PIXEL, detector

MEASURED = 0.006  # deg: mostly the pointing


def test_it_agrees_with_the_wcs_of_real_frames(instcal: Path) -> None:
    camera, worst = load_cameras()["DECam"], 0.0
    for path in sorted(instcal.glob("*ooi*")):
        primary, header = fits.getheader(path, 0), fits.getheader(path, 1)
        one = detector("DECam", header["EXTNAME"])
        boresight = SkyCoord(primary["TELRA"], primary["TELDEC"], unit=("hourangle", "deg"))
        first = initial_wcs(camera, one, boresight.ra.deg, boresight.dec.deg, 0.0)
        cut = [full - header[f"CRPIX{i}"] for i, full in enumerate(REFERENCE_PIXEL[one.name], 1)]
        here = np.array([[1.0, 1.0], [header["NAXIS1"], header["NAXIS2"]]])  # of the cut-out
        solved = SkyCoord(WCS(header).all_pix2world(here, 1), unit="deg")
        told = SkyCoord(first.wcs_pix2world(here + cut, 1), unit="deg")
        worst = max(worst, told.separation(solved).deg.max())
    assert camera.pointing_error is not None
    assert 0 < worst < MEASURED < camera.pointing_error


@pytest.mark.parametrize("parity", [1, -1])
@pytest.mark.parametrize("turned", [0.0, 33.0, 250.0])
def test_axes_and_center_are_those_of_the_definition(parity: int, turned: float) -> None:
    """Compare with steps on the sky, by their position angles: no matrix in common."""
    camera, one = invented(parity)
    wcs = initial_wcs(camera, one, 80.0, -30.0, turned)
    boresight, middle = SkyCoord(80.0, -30.0, unit="deg"), np.array([[512.5, 1024.5]])
    center, right, up = (
        SkyCoord(wcs.wcs_pix2world(middle + step, 1), unit="deg")[0] for step in ([0, 0], [5, 0], [0, 5])
    )
    # The focal plane's eta is at position angle `turned`, xi 90 deg further; directions run from xi through eta.
    distance = math.degrees(math.atan(math.radians(math.hypot(0.3, 0.1))))
    assert boresight.separation(center).deg == pytest.approx(distance, abs=1e-9)
    assert boresight.position_angle(center).deg == pytest.approx(turning(turned, math.degrees(math.atan2(0.1, 0.3))))
    assert center.position_angle(right).deg == pytest.approx(turning(turned, 20.0), abs=0.4)  # meridians converge
    assert center.position_angle(up).deg == pytest.approx(turning(turned, 20.0 + 90 * parity), abs=0.4)
    assert center.separation(up).arcsec == pytest.approx(2.0, rel=1e-4)


@pytest.mark.parametrize("pole", [90.0, -90.0])
def test_at_the_pole_the_image_lies_as_it_does_beside_it(pole: float) -> None:
    camera, one = invented(-1)
    at, beside = (initial_wcs(camera, one, 80.0, dec, 33.0) for dec in (pole, pole - math.copysign(1e-4, pole)))
    here = np.array([[1.0, 1.0], [1024.0, 1.0], [1.0, 2048.0]])
    first, second = (SkyCoord(wcs.wcs_pix2world(here, 1), unit="deg") for wcs in (at, beside))
    assert first.separation(second).deg.max() < 1.1e-4


def turning(turned: float, direction: float) -> float:
    """Give the position angle of a direction on the focal plane (deg)."""
    return (turned + 90 - direction) % 360


def invented(parity: int) -> tuple[Camera, Detector]:
    body = load_cameras()["PANOPTES"].model_dump()
    one = {"number": 1, "name": "CCD", "nx": 1024, "ny": 2048, "center": (0.3, 0.1), "rotation": 20.0}
    camera = Camera.model_validate(
        body | {"detectors": [one], "parity": parity, "pixel_scale": 0.4, "pointing_error": 0.01}
    )
    return camera, camera.detectors[0]


def test_the_footprint_has_the_pointing_error_for_its_margin() -> None:
    camera, one = invented(-1)
    corners = initial_corners(camera, one, 10.0, 40.0, 70.0)
    assert corners is not None
    sky = SkyCoord(corners, unit="deg")
    wide, high = 1024 * 0.4 / 3600 + 0.02, 2048 * 0.4 / 3600 + 0.02
    sides = sky.separation(sky[[1, 2, 3, 0]]).to_value(u.deg)
    assert sides == pytest.approx([high, wide, high, wide], rel=1e-4)
    middle = np.mean([on_focal_plane(corner, (10.0, 40.0)) for corner in corners], axis=0)
    assert math.hypot(*middle) == pytest.approx(math.hypot(0.3, 0.1), rel=1e-6)


@pytest.mark.parametrize(
    ("lost", "pointing", "word"),
    [
        ({"center": None}, 10.0, "its center on the focal plane"),
        ({"rotation": None}, 10.0, "its rotation"),
        ({}, math.nan, "the pointing"),
    ],
)
def test_what_is_unknown_is_named(lost: dict[str, None], pointing: float, word: str) -> None:
    camera, one = invented(1)
    one = one.model_copy(update=lost)
    with pytest.raises(UnknownPlace, match=f"PANOPTES CCD gets no first WCS: {word} is unknown"):
        initial_wcs(camera, one, pointing, 10.0, 0.0)
    assert initial_corners(camera, one, pointing, 10.0, 0.0) is None
