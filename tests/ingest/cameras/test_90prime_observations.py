"""90Prime files of both styles are described as their headers and the sky say."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import AltAz, EarthLocation, SkyCoord
from astropy.io import fits
from astropy.table import Table
from astropy.time import Time
from astropy.utils import iers

from ingest.cameras.errors import (
    BadExposureFile,
    ImpossibleValue,
    MissingKeyword,
    UnknownDetector,
    UnknownFilter,
    UnknownProduct,
)
from ingest.cameras.read import read_observations

Edit = Callable[..., Path]
INSTCAL = "ksb_170430_055945_ooi_r_ls9.CCD4.fits"
JOINED = "deep2g_ra352_1-ccd1.fits"

# Typed in from the headers. TAI - UTC was 37 s in 2017, 36 s in the second half of 2015.
EXPECTED = {
    INSTCAL: {
        "exposure": 78730103,  # DTACQNAM = '/descache/bass/20170429/d7873.0103.fits'
        "visit": 78730103,
        "detector": 4,  # DET-NUM, CCDNUM
        "part": "CCD4",  # EXTNAME
        "physical_filter": "bokr",  # FILTER
        "band": "r",
        "day_obs": 20170429,  # DTCALDAT = '2017-04-29'
        "obs_start_mjd_tai": 57873.2498372644 + 37 / 86400,  # MJD-OBS (UTC)
        "exp_time": 80.32,  # EXPTIME
        "exp_mid_mjd_tai": 57873.2498372644 + (37 + 80.32 / 2) / 86400,
        "ra": 178.2944,  # CENTRA; RA = '11:53:10.66'
        "dec": 59.75161,  # CENTDEC; DEC = '59:45:05.8'
        "azimuth": 360 - 18.2,  # AZIMUTH
        "altitude": 59.6,  # ELEVAT
        "airmass": 1.16,  # AIRMASS
        "target_name": "37333",  # OBJECT
        "science_program": "BASS",  # PROPID
        "shape": (119, 118),  # ZNAXIS2, ZNAXIS1
        "pixel_unit": "count/s",  # BUNIT of the primary HDU; the extension's says ADU
    },
    JOINED: {
        "exposure": 73380065,  # DTACQNAM = '/data2.new/mcmanus/dtskp/20151111/d7338.0065.fits.fz'
        "detector": 1,  # DET-NUM of HDU 1; CCDNAME and DET-NUM of the primary are those of CCD 4
        "part": "ccd1",  # EXTNAME
        "physical_filter": "g",  # FILTER
        "band": "g",
        "day_obs": 20151111,  # DTCALDAT = '2015-11-11'
        # DATE-OBS = '2015-11-12T03:58:54.131000' (UTC); there is no MJD-OBS
        "obs_start_mjd_tai": 57338 + (3 * 3600 + 58 * 60 + 54.131 + 36) / 86400,
        "exp_time": 100.0,  # EXPTIME
        "ra": 15 * (23 + 28 / 60 + 0.01 / 3600),  # RA = '23:28:00.01'
        "dec": 0.0,  # DEC
        "azimuth": 360 - 167.2,  # AZIMUTH
        "zenith_distance": 90 - 57.6,  # ELEVAT
        "airmass": 1.18,  # AIRMASS
        "target_name": "deep2g_ra352_1",  # OBJECT
        "science_program": "2015A-0801",  # PROPID
        "shape": (30, 31),  # NAXIS2, NAXIS1
        "pixel_unit": "count",
    },
}


@pytest.mark.parametrize("name", EXPECTED)
def test_an_image_is_described_by_its_keywords(ninetyprime: dict[str, Path], name: str) -> None:
    (seen,) = read_observations(ninetyprime[name])
    for field, value in EXPECTED[name].items():
        tolerance = 1e-8 if "mjd" in field else 5e-5 if field in ("ra", "dec") else 1e-9
        expected = pytest.approx(value, abs=tolerance, rel=0) if isinstance(value, float) else value
        assert getattr(seen, field) == expected, field
    assert (seen.instrument, seen.kind, seen.wcs_problem) == ("90Prime", "image", "")
    assert np.isnan(seen.sky_rotation)


def test_every_file_is_read_and_its_night_is_the_one_in_the_header(ninetyprime: dict[str, Path]) -> None:
    """The archive's own night (DTCALDAT) is an independent witness for day_obs."""
    kinds = []
    for path in ninetyprime.values():
        (seen,) = read_observations(path)
        assert str(seen.day_obs) == fits.getval(path, "DTCALDAT").replace("-", "")
        assert seen.corners is not None, seen.wcs_problem
        kinds.append(seen.kind)
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"image": 12, "mask": 2, "weight": 12}


def test_exposures_are_numbered_and_dated_as_the_legacy_surveys_do(ninetyprime: dict[str, Path]) -> None:
    """The CCD tables of the Legacy Surveys are an independent witness for both styles."""
    found = 0
    for folder in {path.parents[1] for path in ninetyprime.values()}:
        (table,) = folder.glob("survey-ccds-1.*")
        for row in Table.read(table, hdu=1):
            if row["camera"].strip() != "90prime":
                continue
            (seen,) = read_observations(ninetyprime[Path(row["image_filename"].strip()).name])
            assert seen.exposure == row["expnum"]
            assert seen.part == row["ccdname"].strip()
            assert seen.band == row["filter"].strip()
            start = Time(seen.obs_start_mjd_tai, format="mjd", scale="tai").utc.mjd
            assert start == pytest.approx(row["mjd_obs"], abs=1e-7, rel=0)  # MJD-OBS and DATE-OBS differ by 3 ms
            assert (seen.ra, seen.dec) == pytest.approx((row["ra_bore"], row["dec_bore"]), abs=1e-4)
            found += 1
    assert found == 12


def test_time_and_pointing_agree_with_the_horizon(ninetyprime: dict[str, Path]) -> None:
    site = EarthLocation.from_geodetic(-111.6 * u.deg, 31.963 * u.deg, 2120 * u.m)  # OBS-LONG is west
    for name in (INSTCAL, JOINED):
        (seen,) = read_observations(ninetyprime[name])
        start = Time(seen.obs_start_mjd_tai, format="mjd", scale="tai")
        with iers.conf.set_temp("auto_download", False):
            horizon = SkyCoord(seen.ra * u.deg, seen.dec * u.deg).transform_to(AltAz(obstime=start, location=site))
        assert horizon.alt.deg == pytest.approx(seen.altitude, abs=0.2)
        assert horizon.az.deg == pytest.approx(seen.azimuth, abs=0.2)


def test_all_cutouts_surround_the_same_star_field(ninetyprime: dict[str, Path]) -> None:
    """The joined images are mirrored and turned one by one; their footprints fit together all the same."""
    for name, path in ninetyprime.items():
        (seen,) = read_observations(path)
        center = (177.360, 59.427) if name.startswith("ksb") else (352.080, 0.208)
        assert seen.corners is not None
        assert np.all(seen.corners.min(axis=0) < center)
        assert np.all(seen.corners.max(axis=0) > center)


@pytest.mark.parametrize(
    ("suffix", "kind", "unit"), [(".fits", "image", "count"), (".wht.fits", "weight", "count**-2")]
)
def test_a_joined_weight_is_told_by_its_name(ninetyprime: dict[str, Path], suffix: str, kind: str, unit: str) -> None:
    (seen,) = read_observations(ninetyprime[f"deep2g_ra352_1-ccd1{suffix}"])
    assert (seen.kind, seen.pixel_unit) == (kind, unit)


def test_a_weight_is_the_inverse_variance_of_its_image(ninetyprime: dict[str, Path]) -> None:
    for image, weight in (
        (INSTCAL, INSTCAL.replace("ooi", "oow")),
        (JOINED, JOINED.replace(".fits", ".wht.fits")),
    ):
        pixels, weights = (fits.getdata(ninetyprime[name]) for name in (image, weight))
        noise = 1.4826 * np.median(abs(pixels - np.median(pixels)))
        assert np.median(weights) ** -0.5 == pytest.approx(noise, rel=0.1)


def test_a_whole_joined_image_is_turned_against_its_ccd(ninetyprime: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / JOINED
    with fits.open(ninetyprime[JOINED]) as hdus:
        hdus[1].data = np.zeros((4032, 4096), np.float32)
        hdus.writeto(path)
        assert read_observations(path)[0].shape == (4032, 4096)
        hdus[1].data = np.zeros((4096, 4032), np.float32)
        hdus.writeto(path, overwrite=True)
    with pytest.raises(ImpossibleValue, match="'4032 x 4096' but must be from 1 x 1 to 4096 x 4032, the size of CCD1"):
        read_observations(path)


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"DTACQNAM": None}, MissingKeyword, "keyword DTACQNAM is missing"),
        ({"DTACQNAM": "d7338.fits"}, ImpossibleValue, "DTACQNAM is 'd7338.fits' but must be text that matches"),
        ({"DTACQNAM": "d7337.0065.fits"}, ImpossibleValue, "night is '7337' but must be 7338, that of DATE-OBS"),
        ({"DET-NUM": 2}, UnknownDetector, "DET-NUM 2 is CCD2 but EXTNAME is 'CCD1'"),
        ({"EXTNAME": "ccd2"}, ImpossibleValue, "EXTNAME is 'ccd2' but must be ccd1, as the file name says"),
        ({"FILTER": "Halpha"}, UnknownFilter, "unknown filter 'Halpha'; add it to ingest/cameras/90prime.yaml"),
        ({"CCDJOIN": None}, UnknownProduct, "PROCTYPE is 'raw'"),
        ({"BUNIT": "electron"}, ImpossibleValue, "BUNIT is 'electron' but must be COUNTS/S or ADU"),
    ],
)
def test_a_contradiction_in_a_joined_image_is_refused(
    ninetyprime: dict[str, Path], edit: Edit, changes: dict[str, object], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        read_observations(edit(ninetyprime[JOINED], changes))


def test_a_missing_detector_number_of_one_ccd_is_not_taken_from_the_other(
    ninetyprime: dict[str, Path], tmp_path: Path
) -> None:
    """The primary header of a joined image says DET-NUM 4, whatever the CCD."""
    path = tmp_path / JOINED
    with fits.open(ninetyprime[JOINED]) as hdus:
        del hdus[1].header["DET-NUM"]
        hdus.writeto(path)
    with pytest.raises(UnknownDetector, match="DET-NUM 4 is CCD4 but EXTNAME is 'CCD1'"):
        read_observations(path)


@pytest.mark.parametrize("name", ["deep2g_ra352_1.fits", "deep2g_ra352_1-ccd2.fits"])
def test_a_joined_image_under_another_name_is_refused(ninetyprime: dict[str, Path], tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    shutil.copy(ninetyprime[JOINED], path)
    with pytest.raises(BadExposureFile, match=r"is no joined image of one CCD|must be ccd2, as the file name says"):
        read_observations(path)
