"""DECam InstCal files are described as their headers and the sky say."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import AltAz, EarthLocation, SkyCoord
from astropy.io import fits
from astropy.time import Time
from astropy.utils import iers

from ingest.cameras.errors import ImpossibleValue, UnknownDetector, UnknownFilter, UnknownProduct
from ingest.cameras.read import read_observations

Edit = Callable[..., Path]
G_IMAGE = "c4d_170329_044212_ooi_g_ls9.N3.fits"

# Typed in from the headers. TAI - UTC was 35 s until mid-2015 and 37 s from 2017.
EXPECTED = {
    G_IMAGE: {
        "exposure": 634850,  # EXPNUM
        "visit": 634850,
        "detector": 34,  # CCDNUM
        "part": "N3",  # EXTNAME
        "physical_filter": "g",  # FILTER = 'g DECam SDSS c0001 4720.0 1520.0'
        "band": "g",
        "day_obs": 20170328,  # NITE = '20170328'
        "obs_start_mjd_tai": 57841.19389557 + 37 / 86400,  # MJD-OBS (UTC)
        "exp_time": 131.0,  # EXPTIME
        "exp_mid_mjd_tai": 57841.19389557 + (37 + 131 / 2) / 86400,
        "ra": 15 * (12 + 28 / 60 + 9.008 / 3600),  # TELRA = '12:28:09.008'
        "dec": 25 + 33 / 60 + 38.898 / 3600,  # TELDEC = '25:33:38.898'
        "azimuth": 1.6364,  # AZ
        "altitude": 90 - 55.64,  # ZD
        "zenith_distance": 55.64,  # ZD
        "airmass": 1.77,  # AIRMASS
        "target_name": "DECaLS_9568_g",  # OBJECT
        "science_program": "2014B-0404",  # PROPID
        "shape": (250, 249),  # NAXIS2, NAXIS1
    },
    "c4d_180128_083845_ooi_r_ls9.N3.fits": {
        "exposure": 716705,  # EXPNUM
        "detector": 34,  # CCDNUM
        "physical_filter": "r",  # FILTER = 'r DECam SDSS c0002 6415.0 1480.0'
        "day_obs": 20180127,  # NITE = '20180127'
        "obs_start_mjd_tai": 58146.36024508 + 37 / 86400,  # MJD-OBS (UTC)
        "exp_time": 64.0,  # EXPTIME
        "exp_mid_mjd_tai": 58146.36024508 + (37 + 64 / 2) / 86400,
        "ra": 15 * (12 + 28 / 60 + 9.898 / 3600),  # TELRA = '12:28:09.898'
        "dec": 25 + 33 / 60 + 42.296 / 3600,  # TELDEC = '25:33:42.296'
        "azimuth": 0.9108,  # AZ
        "zenith_distance": 55.62,  # ZD
        "airmass": 1.77,  # AIRMASS
        "target_name": "DECaLS_9568_r",  # OBJECT
        "shape": (250, 250),  # NAXIS2, NAXIS1
    },
    "c4d_150411_035242_ooi_z_ls9.N3.fits": {
        "exposure": 431608,  # EXPNUM
        "detector": 34,  # CCDNUM
        "physical_filter": "z",  # FILTER = 'z DECam SDSS c0004 9260.0 1520.0'
        "day_obs": 20150410,  # NITE = '20150410'
        "obs_start_mjd_tai": 57123.15972285 + 35 / 86400,  # MJD-OBS (UTC)
        "exp_time": 114.0,  # EXPTIME
        "exp_mid_mjd_tai": 57123.15972285 + (35 + 114 / 2) / 86400,
        "ra": 15 * (12 + 28 / 60 + 9.178 / 3600),  # TELRA = '12:28:09.178'
        "dec": 25 + 33 / 60 + 46.199 / 3600,  # TELDEC = '25:33:46.199'
        "azimuth": 1.7157,  # AZ
        "zenith_distance": 55.66,  # ZD
        "airmass": 1.77,  # AIRMASS
        "target_name": "DECaLS_9568_z",  # OBJECT
        "shape": (250, 250),  # NAXIS2, NAXIS1
    },
}


@pytest.mark.parametrize("name", EXPECTED)
def test_an_image_is_described_by_its_keywords(instcal: Path, name: str) -> None:
    (observation,) = read_observations(instcal / name)
    for field, value in EXPECTED[name].items():
        # 1e-5 deg: TELRA, TELDEC are FK5, the observation is ICRS. MJD-OBS has 8 digits: 0.5 ms.
        tolerance = 1e-8 if "mjd" in field else 1e-5
        expected = pytest.approx(value, abs=tolerance, rel=0) if isinstance(value, float) else value
        assert getattr(observation, field) == expected, field
    assert (observation.instrument, observation.kind, observation.pixel_unit) == ("DECam", "image", "adu")
    assert observation.sky_rotation == 90.0  # CD matrix: +y is east


def test_every_night_is_the_one_in_the_header(instcal: Path) -> None:
    """The pipeline's own night (NITE) is an independent witness for day_obs."""
    paths = sorted(instcal.glob("*_ooi_*.fits"))
    assert len(paths) == 9
    for path in paths:
        (observation,) = read_observations(path)
        assert str(observation.day_obs) == fits.getval(path, "NITE")


def test_time_and_pointing_agree_with_the_horizon(instcal: Path) -> None:
    """AZ and ZD of the telescope follow from start, ra, dec and the site: a wrong time scale or sign would show."""
    site = EarthLocation.from_geodetic(-70.81489 * u.deg, -30.16606 * u.deg, 2215 * u.m)  # OBS-LONG is west
    for path in sorted(instcal.glob("*_ooi_*.fits")):
        (seen,) = read_observations(path)
        start = Time(seen.obs_start_mjd_tai, format="mjd", scale="tai")
        with iers.conf.set_temp("auto_download", False):
            horizon = SkyCoord(seen.ra * u.deg, seen.dec * u.deg).transform_to(AltAz(obstime=start, location=site))
        # The header's values are a few seconds late and some without precession details: 0.1 deg.
        assert horizon.zen.deg == pytest.approx(seen.zenith_distance, abs=0.1)
        assert np.cos(np.radians(horizon.az.deg - seen.azimuth)) > np.cos(np.radians(0.2))


@pytest.mark.parametrize(
    ("code", "kind", "unit"), [("ooi", "image", "adu"), ("ood", "mask", ""), ("oow", "weight", "adu**-2")]
)
def test_the_three_files_of_an_exposure_differ_in_kind_only(instcal: Path, code: str, kind: str, unit: str) -> None:
    (image,) = read_observations(instcal / G_IMAGE)
    (other,) = read_observations(instcal / G_IMAGE.replace("ooi", code))
    assert (other.kind, other.pixel_unit) == (kind, unit)
    assert (other.exposure, other.detector, other.shape) == (image.exposure, image.detector, image.shape)
    assert other.corners is not None
    assert image.corners is not None
    assert np.array_equal(other.corners, image.corners)


def test_all_cutouts_surround_the_same_star_field(instcal: Path) -> None:
    for path in sorted(instcal.glob("*.fits")):
        (seen,) = read_observations(path)
        assert seen.corners is not None
        assert not seen.corners.flags.writeable
        lower_left, upper_left, upper_right, lower_right = seen.corners
        assert np.all(seen.corners.min(axis=0) < (186.744, 25.462))
        assert np.all(seen.corners.max(axis=0) > (186.744, 25.462))
        # +y is east, +x is south, 0.262 arcsec per pixel
        height = (upper_left[0] - lower_left[0]) * np.cos(np.radians(25.462)) * 3600
        width = (lower_left[1] - lower_right[1]) * 3600
        assert height == pytest.approx(0.262 * seen.shape[0], rel=0.01)
        assert width == pytest.approx(0.262 * seen.shape[1], rel=0.01)
        assert upper_right[1] == pytest.approx(lower_right[1], abs=2e-4)


def test_a_file_of_many_ccds_gives_one_observation_each(instcal: Path, tmp_path: Path) -> None:
    path = tmp_path / "c4d_170329_044212_ooi_g_ls9.fits.fz"
    with fits.open(instcal / G_IMAGE) as source:
        hdus = fits.HDUList([source[0].copy()])
        for number, name in ((34, "N3"), (33, "N2"), (25, "S1")):
            hdu = fits.CompImageHDU(source[1].data, source[1].header, compression_type="RICE_1")
            hdu.header["CCDNUM"], hdu.header["EXTNAME"] = number, name
            hdus.append(hdu)
        hdus.writeto(path, checksum=True)
    seen = read_observations(path)
    assert [(o.detector, o.part, o.shape) for o in seen] == [
        (34, "N3", (250, 249)),
        (33, "N2", (250, 249)),
        (25, "S1", (250, 249)),
    ]
    (plain,) = read_observations(instcal / G_IMAGE)
    assert seen[0] == plain
    assert seen[0].corners is not None
    assert plain.corners is not None
    assert np.array_equal(seen[0].corners, plain.corners)


def test_an_unknown_number_is_nan_and_unknown_text_empty(instcal: Path, edit: Edit) -> None:
    path = edit(instcal / G_IMAGE, {"AIRMASS": "NaN", "ZD": None, "OBJECT": None})
    (seen,) = read_observations(path)
    assert np.isnan([seen.airmass, seen.altitude, seen.azimuth, seen.zenith_distance]).all()
    assert seen.target_name == ""


def test_times_in_tai_are_not_shifted(instcal: Path, edit: Edit) -> None:
    (seen,) = read_observations(edit(instcal / G_IMAGE, {"TIMESYS": "TAI"}))
    assert seen.obs_start_mjd_tai == pytest.approx(57841.19389557, abs=1e-8)


def test_a_name_without_product_code_is_refused(instcal: Path, tmp_path: Path) -> None:
    """PRODTYPE is 'image' in all three files of a cut-out, so a weight would pass for an image."""
    path = tmp_path / "weight.fits"
    shutil.copy(instcal / G_IMAGE.replace("ooi", "oow"), path)
    with pytest.raises(UnknownProduct, match="the name does not tell image, mask and weight apart"):
        read_observations(path)


def test_a_mask_named_as_an_image_is_refused(instcal: Path, tmp_path: Path) -> None:
    path = tmp_path / G_IMAGE
    shutil.copy(instcal / G_IMAGE.replace("ooi", "ood"), path)
    with pytest.raises(ImpossibleValue, match="BITPIX is '32' but must be that of kind image"):
        read_observations(path)


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        (
            {"PRODTYPE": "wtmap"},
            ImpossibleValue,
            "PRODTYPE is 'wtmap' but must be that of kind image, as the file name says",
        ),
        ({"PRODTYPE": "expmap"}, UnknownProduct, "PRODTYPE is 'expmap'"),
        ({"PROCTYPE": "RAW"}, UnknownProduct, "PROCTYPE is 'RAW'"),
        ({"FILTER": "N964 DECam c0008 9645.0 94.0"}, UnknownFilter, "add it to ingest/cameras/decam.yaml"),
        ({"CCDNUM": 35}, UnknownDetector, "CCDNUM 35 is N4 but EXTNAME is 'N3'"),
        ({"CCDNUM": 63}, UnknownDetector, "DECam has no CCDNUM 63"),
        (
            {"MJD-OBS": 57842.19389557},
            ImpossibleValue,
            "MJD-OBS is '57842.19389557' but must be within 1 s of DATE-OBS",
        ),
        ({"BUNIT": "electron"}, ImpossibleValue, "BUNIT is 'electron' but must be 'adu'"),
        ({"TIMESYS": "UT1"}, ImpossibleValue, "TIMESYS is 'UT1' but must be UTC or TAI"),
    ],
)
def test_a_contradiction_is_refused(
    instcal: Path, edit: Edit, changes: dict[str, object], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        read_observations(edit(instcal / G_IMAGE, changes))


def test_the_same_ccd_twice_is_refused(instcal: Path, tmp_path: Path) -> None:
    path = tmp_path / G_IMAGE
    with fits.open(instcal / G_IMAGE) as source:
        fits.HDUList([source[0].copy(), source[1].copy(), source[1].copy()]).writeto(path)
    with pytest.raises(UnknownDetector, match="CCDNUM 34 stands in 2 HDUs"):
        read_observations(path)
