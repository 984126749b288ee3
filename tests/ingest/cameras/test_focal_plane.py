"""Detectors lie on the sky where their camera has them, and an image that lies elsewhere is refused."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS

from ingest.cameras.camera import Camera, Detector, load_cameras
from ingest.cameras.focal_plane import misplacement, on_focal_plane
from ingest.cameras.read import read_observations

Edit = Callable[..., Path]
POINTING = 0.006  # deg: how far TELRA and TELDEC of these exposures are off

# CRPIX1 and CRPIX2 of whole CCDs: constants of the mosaic, in every header of a raw or InstCal file.
REFERENCE_PIXEL = {"N2": (-103.2, 10566.67), "N3": (-103.2, 6307.33), "S1": (2151.2, 14826.0)}


def detector(camera: str, name: str) -> Detector:
    return next(one for one in load_cameras()[camera].detectors if one.name == name)


def axis(header: fits.Header, number: int) -> float:
    """Give the direction of a pixel axis from the CD matrix (deg from xi through eta)."""
    return math.degrees(math.atan2(header[f"CD2_{number}"], header[f"CD1_{number}"])) % 360


def test_decam_ccds_lie_where_the_wcs_of_their_frames_has_them(instcal: Path) -> None:
    seen = []
    for path in sorted(instcal.glob("*ooi*")):
        primary, header = fits.getheader(path, 0), fits.getheader(path, 1)
        one = detector("DECam", header["EXTNAME"])
        cut = [full - header[f"CRPIX{i}"] for i, full in enumerate(REFERENCE_PIXEL[one.name], 1)]
        center = WCS(header).all_pix2world([[(one.nx + 1) / 2 - cut[0], (one.ny + 1) / 2 - cut[1]]], 1)[0]
        boresight = SkyCoord(primary["TELRA"], primary["TELDEC"], unit=("hourangle", "deg"))
        place = on_focal_plane(center, (boresight.ra.deg, boresight.dec.deg))
        assert one.center is not None
        assert math.dist(place, one.center) < POINTING, path.name
        seen.append(one.name)
    assert len(seen) == 9
    assert set(seen) == set(REFERENCE_PIXEL)


@pytest.mark.parametrize(("camera", "name"), [("mosaic3", "Mosaic3"), ("ninetyprime", "90Prime")])
def test_ccds_of_the_pipeline_at_kitt_peak_lie_where_their_headers_say(
    camera: str, name: str, request: pytest.FixtureRequest
) -> None:
    """Compare CENRA1 and CENDEC1, which the pipeline wrote for the whole CCD; joined images have none."""
    seen = set()
    for path in request.getfixturevalue(camera).values():
        header = fits.getheader(path, 1)
        if "CENRA1" in header:
            one = detector(name, header["EXTNAME"].upper())
            place = on_focal_plane(
                np.array([header["CENRA1"], header["CENDEC1"]]), (header["CRVAL1"], header["CRVAL2"])
            )
            assert one.center is not None
            assert math.dist(place, one.center) < 0.002, path.name
            seen.add(one.name)
    assert seen == ({"CCD2", "CCD3"} if name == "Mosaic3" else {"CCD4"})


def test_pixel_axes_turn_as_the_camera_says(instcal: Path, mosaic3: dict[str, Path], calexp: Path) -> None:
    files = {
        ("DECam", "N3"): instcal / "c4d_170329_044212_ooi_g_ls9.N3.fits",
        ("Mosaic3", "CCD3"): next(path for name, path in mosaic3.items() if name.endswith("ooi_zd_ls9.CCD3.fits")),
        ("HSC", "0_09"): calexp,  # taken at INST-PA 0
    }
    for (name, ccd), path in files.items():
        header, parity = fits.getheader(path, 1), load_cameras()[name].parity
        assert axis(header, 1) == pytest.approx(detector(name, ccd).rotation, abs=1.0), name
        assert parity == (1 if (axis(header, 2) - axis(header, 1)) % 360 < 180 else -1), name


def test_the_two_halves_of_decam_mirror_each_other() -> None:
    centers = {one.name: np.array(one.center) for one in load_cameras()["DECam"].detectors if one.center}
    assert len(centers) == 61  # N30 died before the exposure that was measured
    opposite = {
        one: min(centers, key=lambda other: float(np.hypot(*(centers[one] + centers[other])))) for one in centers
    }
    alone = [one for one, other in opposite.items() if np.hypot(*(centers[one] + centers[other])) > 0.001]
    assert alone == ["S30"]
    assert (opposite["S29"], opposite["N1"], opposite["S4"]) == ("N31", "S7", "N4")


def test_hsc_ccds_do_not_overlap() -> None:
    camera = load_cameras()["HSC"]
    centers = np.array([one.center for one in camera.detectors if one.center])
    assert len(centers) == 103
    apart = np.hypot(*(centers[:, None] - centers[None]).transpose(2, 0, 1)) + np.eye(103)
    assert apart.min() > 2048 * 0.158 / 3600


def test_an_image_of_another_ccd_has_a_broken_wcs(instcal: Path, edit: Edit) -> None:
    path = edit(instcal / "c4d_170329_044212_ooi_g_ls9.N3.fits", {"CCDNUM": 25, "EXTNAME": "S1"})
    (seen,) = read_observations(path)
    assert seen.wcs == "broken"
    assert seen.corners is None
    assert "WCS of HDU 'S1' lies (-0.2" in seen.wcs_problem
    assert "from the boresight, where the center of S1 is at (-0.932, 0.083) deg; " in seen.wcs_problem


def test_a_cut_out_may_lie_anywhere_in_its_detector() -> None:
    camera, one = load_cameras()["DECam"], detector("DECam", "S4")
    assert one.center is not None
    xi, eta = one.center
    corner = (xi + 2000 * 0.263 / 3600, eta + 1000 * 0.263 / 3600)
    assert misplacement(corner, (100, 100), camera, one) == ""
    assert misplacement(corner, (4096, 2048), camera, one) != ""
    assert misplacement((xi + 0.099, eta), (4096, 2048), camera, one) == ""
    assert misplacement((xi, eta - 0.101), (4096, 2048), camera, one) != ""


def test_what_is_not_known_is_not_checked() -> None:
    camera, one, far = load_cameras()["DECam"], detector("DECam", "S4"), (0.0, 1.1)
    turned = Camera.model_validate(camera.model_dump() | {"pointing_error": None})
    assert misplacement(far, (4096, 2048), camera, one) != ""
    assert misplacement(far, (4096, 2048), turned, one) == ""
    assert misplacement(far, (4096, 2048), camera, detector("DECam", "N30")) == ""
    assert misplacement((math.nan, math.nan), (4096, 2048), camera, one) == ""


@pytest.mark.parametrize("place", [(0.9, -0.7), (-0.4, 0.2)])
def test_the_projection_is_that_of_tan(place: tuple[float, float]) -> None:
    header = fits.Header({"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 359.9, "CRVAL2": -65.0})
    header.update({"CRPIX1": 0.0, "CRPIX2": 0.0, "CDELT1": 1.0, "CDELT2": 1.0})
    (sky,) = WCS(header).wcs_pix2world([place], 1)
    assert on_focal_plane(sky, (359.9, -65.0)) == pytest.approx(place, abs=1e-9)
