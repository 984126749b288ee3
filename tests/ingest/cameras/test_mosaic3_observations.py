"""Mosaic3 files are described as their headers and the sky say, and DECam does not get them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astro_metadata_translator import DecamTranslator
from astropy import units as u
from astropy.coordinates import AltAz, EarthLocation, SkyCoord
from astropy.io import fits
from astropy.time import Time
from astropy.utils import iers

from ingest.cameras.errors import ImpossibleValue, MissingKeyword, UnknownDetector, UnknownFilter, UnknownProduct
from ingest.cameras.read import read_observations

Edit = Callable[..., Path]
INSTCAL = "k4m_160319_075112_ooi_zd_ls9.CCD3.fits"
SKYSUB = "k4m_151214_021723_oki_zd_v0-ccd2.fits"

# Typed in from the headers. TAI - UTC was 36 s from mid-2015 to the end of 2016.
EXPECTED = {
    INSTCAL: {
        "exposure": 77690,  # EXPNUM
        "visit": 77690,
        "detector": 3,  # CCDNUM
        "part": "CCD3",  # EXTNAME
        "physical_filter": "zd",  # FILTER = 'zd DECam k1038'
        "band": "z",
        "day_obs": 20160318,  # DTCALDAT = '2016-03-18'
        "obs_start_mjd_tai": 57466.32722222 + 36 / 86400,  # MJD-OBS (UTC)
        "exp_time": 80.104,  # EXPTIME
        "exp_mid_mjd_tai": 57466.32722222 + (36 + 80.104 / 2) / 86400,
        "ra": 176.8294,  # CENTRA; RA = '11:47:19.05'
        "dec": 59.54042,  # CENTDEC; DEC = '59:32:25.5'
        "azimuth": 352 + 18 / 60 + 42.84 / 3600,  # AZ = '352:18:42.84'
        "altitude": 90 - 27.81,  # ZD
        "zenith_distance": 27.81,
        "airmass": 1.125,  # AIRMASS
        "target_name": "MzLS_684979_z",  # OBJECT
        "science_program": "2016A-0453",  # PROPID
        "shape": (208, 204),  # ZNAXIS2, ZNAXIS1
    },
    SKYSUB: {
        "exposure": 62785,  # EXPNUM
        "detector": 2,  # CCDNUM
        "part": "ccd2",  # EXTNAME; CCDNAME is 'LBL-02'
        "day_obs": 20151213,  # DTCALDAT = '2015-12-13'
        "obs_start_mjd_tai": 57370.09540509 + 36 / 86400,  # MJD-OBS (UTC)
        "exp_time": 125.104,  # EXPTIME
        "ra": 352.1655,  # CENTRA; TELRA = '23:28:37.92' is the same to 9 arcsec
        "dec": 0.1370278,  # CENTDEC; TELDEC = '-00:16:26.40' is 25 arcmin off
        "zenith_distance": 34.0,  # ZD
        "target_name": "MzLS_366829_z",  # OBJECT
        "shape": (51, 51),  # NAXIS2, NAXIS1
    },
}


@pytest.mark.parametrize("name", EXPECTED)
def test_an_image_is_described_by_its_keywords(mosaic3: dict[str, Path], name: str) -> None:
    (seen,) = read_observations(mosaic3[name])
    for field, value in EXPECTED[name].items():
        tolerance = 1e-8 if "mjd" in field else 1e-4 if field in ("ra", "dec") else 1e-9
        expected = pytest.approx(value, abs=tolerance, rel=0) if isinstance(value, float) else value
        assert getattr(seen, field) == expected, field
    assert (seen.instrument, seen.kind, seen.pixel_unit, seen.wcs_problem) == ("Mosaic3", "image", "count/s", "")


def test_every_file_is_read_and_its_night_is_the_one_in_the_header(mosaic3: dict[str, Path]) -> None:
    """The archive's own night (DTCALDAT) is an independent witness for day_obs."""
    kinds = {}
    for name, path in mosaic3.items():
        (seen,) = read_observations(path)
        assert str(seen.day_obs) == fits.getval(path, "DTCALDAT").replace("-", "")
        kinds[name[18:21]] = seen.kind
    assert len(mosaic3) == 9
    assert kinds == {"ooi": "image", "oki": "image", "ood": "mask", "oow": "weight"}


def test_time_and_pointing_agree_with_the_horizon(mosaic3: dict[str, Path]) -> None:
    """AZ and ZD follow from start, ra, dec and the site."""
    site = EarthLocation.from_geodetic(-111.6 * u.deg, 31.963 * u.deg, 2120 * u.m)  # OBS-LONG is west
    for name in (INSTCAL, SKYSUB):
        (seen,) = read_observations(mosaic3[name])
        start = Time(seen.obs_start_mjd_tai, format="mjd", scale="tai")
        with iers.conf.set_temp("auto_download", False):
            horizon = SkyCoord(seen.ra * u.deg, seen.dec * u.deg).transform_to(AltAz(obstime=start, location=site))
        assert horizon.zen.deg == pytest.approx(seen.zenith_distance, abs=0.05)
        # AZ is up to 0.7 deg late; ALT, which is not read, says 62.72 where 62.18 is true.
        assert horizon.az.deg == pytest.approx(seen.azimuth, abs=0.7)


def test_the_rotation_is_that_of_the_pixels(mosaic3: dict[str, Path]) -> None:
    for name in (INSTCAL, SKYSUB):
        (seen,) = read_observations(mosaic3[name])
        assert seen.corners is not None
        bottom, top = (
            SkyCoord(*(seen.corners[i] + seen.corners[j]) / 2, unit="deg") for i, j in ((0, 3), (1, 2))
        )  # fmt: skip
        assert bottom.position_angle(top).deg == pytest.approx(seen.sky_rotation, abs=0.7)
        assert bottom.separation(top).arcsec == pytest.approx(0.258 * seen.shape[0], rel=0.02)  # PIXSCAL1


def test_the_stock_decam_translator_claims_the_file_and_knows_no_date(mosaic3: dict[str, Path]) -> None:
    """The reason why a camera is recognized by INSTRUME alone."""
    with fits.open(mosaic3[INSTCAL]) as hdus:
        header = dict(hdus[0].header)
    assert DecamTranslator.can_translate(header)
    assert read_observations(mosaic3[INSTCAL])[0].instrument == "Mosaic3"


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"EXPNUM": None}, MissingKeyword, "keyword EXPNUM is missing"),
        ({"FILTER": "rd DECam k1036"}, UnknownFilter, "unknown filter 'rd'; add it to ingest/cameras/mosaic3.yaml"),
        ({"CCDNUM": 1}, UnknownDetector, "CCDNUM 1 is CCD1 but EXTNAME is 'CCD2'"),
        ({"CCDNUM": 5}, ImpossibleValue, "CCDNUM is '5' but must be a whole number from 1 to 4"),
        ({"PROCTYPE": "Resampled"}, UnknownProduct, "PROCTYPE is 'Resampled'"),
        ({"BUNIT": "adu"}, ImpossibleValue, "BUNIT is 'adu' but must be COUNTS/S"),
        ({"RA": "24:30:00.0"}, ImpossibleValue, "RA is '24:30:00.0' but must be a sexagesimal number from 0 to 24"),
        ({"RA": 352.1}, ImpossibleValue, "RA is '352.1' but must be a sexagesimal number"),
        ({"DEC": "-0:61:00"}, ImpossibleValue, "DEC is '-0:61:00' but must be a sexagesimal number"),
        ({"TIMESYS": "TAI"}, ImpossibleValue, "TIMESYS is 'TAI' but must be UTC APPROXIMATE or UTC"),
        ({"MJD-OBS": 57370.1}, ImpossibleValue, "MJD-OBS is '57370.1' but must be within 1 s of DATE-OBS"),
    ],
)
def test_a_contradiction_is_refused(
    mosaic3: dict[str, Path], edit: Edit, changes: dict[str, object], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        read_observations(edit(mosaic3[SKYSUB], changes))


def test_a_negative_declination_near_zero_keeps_its_sign(mosaic3: dict[str, Path]) -> None:
    (seen,) = read_observations(mosaic3["k4m_151214_023308_oki_zd_v0-ccd2.fits"])
    assert seen.dec == pytest.approx(-0.058, abs=1e-4)  # DEC = '-0:03:28.9'


def test_a_name_without_product_code_is_refused(mosaic3: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "weight.fits"
    shutil.copy(mosaic3["k4m_151214_021723_oow_zd_v0-ccd2.fits"], path)
    with pytest.raises(UnknownProduct, match="only InstCal and SkySub files with their archive names"):
        read_observations(path)


def test_what_the_camera_does_not_record_is_nan(mosaic3: dict[str, Path], edit: Edit) -> None:
    (seen,) = read_observations(edit(mosaic3[SKYSUB], {"AZ": None, "AIRMASS": None}))
    assert np.isnan([seen.azimuth, seen.altitude, seen.airmass]).all()
