"""PANOPTES images are described as their headers say; one without a WCS is told from one whose WCS is broken."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import AltAz, EarthLocation, SkyCoord
from astropy.io import fits
from astropy.time import Time
from astropy.utils import iers

from ingest.cameras.errors import (
    DamagedFile,
    ImpossibleValue,
    MissingKeyword,
    UnknownDetector,
    UnknownFilter,
    UnknownProduct,
)
from ingest.cameras.observation import Observation
from ingest.cameras.read import read_observations

Edit = Callable[..., Path]

# Typed in from the headers. TAI - UTC was 36 s in 2016.
EXPECTED = {
    "solved.fits.fz": {
        "exposure": 20160909081434,  # DATE-OBS = '2016-09-09T08:14:34'
        "obs_start_mjd_tai": 57640 + (8 * 3600 + 14 * 60 + 34 + 36) / 86400,
        "exp_mid_mjd_tai": 57640 + (8 * 3600 + 14 * 60 + 34 + 36 + 60.2) / 86400,
        "airmass": 1.133153126390357,  # AIRMASS
        "wcs": "solved",
    },
    "unsolved.fits": {
        "exposure": 20160909081226,  # DATE-OBS = '2016-09-09T08:12:26'; IMAGEID is that of the solved one
        "obs_start_mjd_tai": 57640 + (8 * 3600 + 12 * 60 + 26 + 36) / 86400,
        "exp_mid_mjd_tai": 57640 + (8 * 3600 + 12 * 60 + 26 + 36 + 60.2) / 86400,
        "airmass": 1.131062349864597,  # AIRMASS
        "wcs": "none",
    },
}
BOTH = {
    "detector": 1,  # CAMSN = '012070048413'
    "physical_filter": "RGGB",  # FILTER
    "band": "RGGB",
    "day_obs": 20160908,  # 22:12 on 2016-09-08 in Hawaii
    "exp_time": 120.4,  # EXPTIME
    "ra": 301.56439,  # RA-MNT
    "dec": 44.456875,  # DEC-MNT
    "target_name": "KIC 8462852",  # FIELD
    "science_program": "",
    "kind": "image",
    "part": "",
    "shape": (700, 700),  # (Z)NAXIS2, (Z)NAXIS1
    "wcs_problem": "",
    "pixel_unit": "adu",
}


@pytest.mark.parametrize("name", EXPECTED)
def test_an_image_is_described_by_its_keywords(panoptes: Path, name: str) -> None:
    (seen,) = read_observations(panoptes / name)
    for field, value in (EXPECTED[name] | BOTH).items():
        tolerance = 1e-8 if "mjd" in field else 1e-5
        expected = pytest.approx(value, abs=tolerance, rel=0) if isinstance(value, float) else value
        assert getattr(seen, field) == expected, field
    assert (seen.instrument, seen.visit) == ("PANOPTES", seen.exposure)
    assert np.isnan([seen.azimuth, seen.altitude, seen.sky_rotation]).all()


def test_time_and_pointing_agree_with_the_airmass(panoptes: Path) -> None:
    """The airmass follows from start, ra, dec and the site; an hour of error would change it by 0.1."""
    site = EarthLocation.from_geodetic(-155.58 * u.deg, 19.54 * u.deg, 3400 * u.m)  # LONG-OBS, LAT-OBS, ELEV-OBS
    for name in EXPECTED:
        (seen,) = read_observations(panoptes / name)
        start = Time(seen.obs_start_mjd_tai, format="mjd", scale="tai")
        with iers.conf.set_temp("auto_download", False):
            horizon = SkyCoord(seen.ra * u.deg, seen.dec * u.deg).transform_to(AltAz(obstime=start, location=site))
        assert float(horizon.secz) == pytest.approx(seen.airmass, abs=0.001)


def test_the_corners_of_the_solved_image_surround_its_reference_pixel(panoptes: Path) -> None:
    (seen,) = read_observations(panoptes / "solved.fits.fz")
    assert seen.corners is not None
    assert seen.corners.mean(axis=0) == pytest.approx((303.206, 46.017), abs=0.02)  # CRVAL, in the middle of the image
    lower_left, upper_left, _, lower_right = SkyCoord(seen.corners, unit="deg")
    assert lower_left.separation(upper_left).deg == pytest.approx(700 * 0.002863, rel=0.01)  # CD1_2
    assert lower_left.separation(lower_right).deg == pytest.approx(700 * 0.002870, rel=0.01)  # CD2_1


def test_an_image_without_a_wcs_has_no_corners_and_no_problem(panoptes: Path) -> None:
    (seen,) = read_observations(panoptes / "unsolved.fits")
    assert (seen.corners, seen.wcs, seen.wcs_problem) == (None, "none", "")


def test_stale_sums_are_passed_over_and_those_of_a_packed_image_are_not(panoptes: Path, tmp_path: Path) -> None:
    """The unsolved file is published with sums from before it was cut."""
    with fits.open(panoptes / "unsolved.fits", do_not_scale_image_data=True) as hdus:
        assert hdus[0].header["DATASUM"] == "4087826492"
        assert hdus[0].add_datasum() == 3995378405
    path = tmp_path / "solved.fits.fz"
    content = bytearray((panoptes / "solved.fits.fz").read_bytes())
    content[-9000] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedFile, match="HDU 1: DATASUM does not match the data"):
        read_observations(path)


def solved(folder: Path, **changes: object) -> Path:
    """Copy the solved image uncompressed with other keywords; None removes one."""
    path = folder / "solved.fits"
    with fits.open(folder / "packed" / "solved.fits.fz") as hdus:
        header = hdus[1].header.copy()
        for keyword, value in changes.items():
            if value is None:
                del header[keyword]
            else:
                header[keyword] = value
        fits.PrimaryHDU(hdus[1].data, header).writeto(path)
    return path


@pytest.fixture
def packed(panoptes: Path, tmp_path: Path) -> Path:
    """Give a folder with the packed image."""
    (tmp_path / "packed").symlink_to(panoptes)
    return tmp_path


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"CTYPE1": None, "CTYPE2": None}, "cannot be read"),
        ({"CRVAL1": "NaN"}, "has CRVAL1 'NaN'"),
        ({"A_0_2": "NaN"}, "has A_0_2 'NaN'"),
        ({"CD1_2": 0.0, "CD2_1": 0.0}, "has 0.0679 arcsec per pixel, not 10.3"),
        ({"CRVAL2": -46.0}, "lies 90.5 deg from the boresight"),
    ],
)
def test_a_broken_wcs_is_not_taken_for_none(packed: Path, changes: dict[str, object], problem: str) -> None:
    (seen,) = read_observations(solved(packed, **changes))
    assert (seen.corners, seen.wcs) == (None, "broken")
    assert seen.wcs_problem.startswith(f"solved.fits: WCS {problem}")


def test_a_camera_that_needs_a_wcs_has_no_image_without(instcal: Path, edit: Edit) -> None:
    name = "c4d_170329_044212_ooi_g_ls9.N3.fits"
    with fits.open(instcal / name) as hdus:
        keywords = [k for k in hdus[1].header if k[:5] in ("CTYPE", "CRVAL", "CRPIX") or k[:2] in ("CD", "PV")]
    (seen,) = read_observations(edit(instcal / name, dict.fromkeys(keywords)))
    assert seen.wcs == "broken"


def test_compression_changes_nothing(packed: Path, panoptes: Path) -> None:
    (plain,), (tiled,) = read_observations(solved(packed)), read_observations(panoptes / "solved.fits.fz")
    for field in fields(Observation):
        if field.name != "corners":  # as text, in which NaN is NaN
            assert repr(getattr(plain, field.name)) == repr(getattr(tiled, field.name)), field.name
    assert plain.corners == pytest.approx(tiled.corners, abs=1e-12)


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"DATE-OBS": None}, MissingKeyword, "keyword DATE-OBS is missing"),
        ({"OBSERVER": "PAN006"}, ImpossibleValue, "OBSERVER is 'PAN006' but must be PAN001"),
        ({"CAMSN": "012070048414"}, UnknownDetector, "no camera with serial number 012070048414"),
        ({"FILTER": "GRBG"}, UnknownFilter, "unknown filter 'GRBG'"),
        ({"DEC-MNT": 94.0}, ImpossibleValue, "DEC-MNT is '94.0' but must be a number from -90 to 90"),
    ],
)
def test_a_contradiction_is_refused(
    panoptes: Path, edit: Edit, changes: dict[str, object], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        read_observations(edit(panoptes / "unsolved.fits", changes))


def test_a_file_with_more_than_the_image_is_refused(panoptes: Path, tmp_path: Path) -> None:
    path = tmp_path / "two.fits"
    with fits.open(panoptes / "unsolved.fits") as hdus:
        fits.HDUList([hdus[0].copy(), fits.ImageHDU(hdus[0].data)]).writeto(path)
    with pytest.raises(UnknownProduct, match="is not a single image"):
        read_observations(path)
