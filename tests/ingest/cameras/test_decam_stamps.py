"""DECam stamps come in with the dates of their exposures, not of the grid that they lie on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from astropy.time import Time

from ingest.cameras.errors import DamagedFile, ImpossibleValue, MissingKeyword, UnknownCamera
from ingest.cameras.read import read_observations
from tests.support.corrections import by_name

Edit = Callable[..., Path]

# EXP_BN of each file: c4d_YYMMDD_hhmmss_ooi_i_v1.
STARTS = {
    "04a": "2018-08-04T09:23:31.598174",  # DATE-OBS, which is its own
    "04b": "2018-08-04T05:24:09",
    "04c": "2018-08-04T05:54:02",
    "18a": "2016-08-18T04:33:31",
    "18b": "2016-08-18T02:03:39",
    "18c": "2016-08-18T03:03:25",
}
AIRMASS = {"04a": 1.65, "04b": 1.23, "04c": 1.25, "18a": 1.23, "18b": 1.32, "18c": 1.25}  # AIRMASS


@pytest.mark.parametrize("stamp", STARTS)
def test_a_stamp_is_described_by_its_header_and_its_correction(stamps: dict[str, Path], stamp: str) -> None:
    (seen,) = read_observations(stamps[stamp])
    digits = STARTS[stamp][:19].translate(str.maketrans("", "", "-T:"))
    assert seen.exposure == seen.visit == int(digits)
    assert seen.obs_start_mjd_tai == Time(STARTS[stamp], scale="utc").tai.mjd
    assert (seen.exp_mid_mjd_tai - seen.obs_start_mjd_tai) * 86400 == pytest.approx(165, abs=1e-4)
    assert seen.exp_time == 330.0  # EXPTIME
    assert seen.day_obs == (20180803 if stamp.startswith("04") else 20160817)  # before noon in Chile
    assert (seen.instrument, seen.detector) == ("DECam", 37)  # CCDNUM; EXTNAME = 'N6'
    assert (seen.physical_filter, seen.band) == ("i", "i")  # FILTER = 'i DECam SDSS c0003 7835.0 1470.0'
    assert seen.airmass == AIRMASS[stamp]
    assert (seen.kind, seen.part, seen.shape, seen.pixel_unit) == ("image", "", (256, 256), "adu")
    assert seen.wcs == "solved"


def test_the_boresight_is_in_degrees(stamps: dict[str, Path]) -> None:
    (seen,) = read_observations(stamps["04a"])
    assert (seen.ra, seen.dec) == pytest.approx((316.836625, -65.96616666666667), abs=2e-5)  # RA_EXP, DEC_EXP (FK5)


def test_all_stamps_lie_on_one_grid(stamps: dict[str, Path]) -> None:
    corners = [read_observations(path)[0].corners for path in stamps.values()]
    for other in corners[1:]:
        assert other == pytest.approx(corners[0], abs=1e-7)
    assert corners[0] is not None
    ra, dec = corners[0].T
    assert ((ra > 317.997) & (ra < 318.7394)).all()  # COR1RA1, COR4RA1: of the whole CCD
    assert ((dec > -66.12167) & (dec < -65.96642)).all()  # COR2DEC1, COR3DEC1


def test_a_date_of_another_exposure_is_refused(stamps: dict[str, Path], edit: Edit) -> None:
    """Only the camera is told, so DATE-OBS of OBS04a stays."""
    path = edit(stamps["18b"], {"INSTRUME": "DECam", "CHECKSUM": None, "DATASUM": None})
    with pytest.raises(ImpossibleValue, match=r"DATE-OBS is '2018-08-04T09:23:31.*in the second that EXP_BN names"):
        read_observations(path)


def test_without_a_correction_the_camera_is_unknown(stamps: dict[str, Path]) -> None:
    with pytest.raises(UnknownCamera, match=r"unknown camera \(ORIGIN 'NOAO-IRAF"):
        read_observations(stamps["18b"], corrections=())


def test_a_sum_that_is_not_given_up_is_verified(stamps: dict[str, Path]) -> None:
    """CHECKSUM and DATASUM are those of the whole CCD."""
    kept = [
        one.model_copy(update={"keywords": {k: v for k, v in one.keywords.items() if "SUM" not in k}})
        for one in by_name()
    ]
    with pytest.raises(DamagedFile, match="DATASUM does not match"):
        read_observations(stamps["04a"], corrections=kept)


@pytest.mark.parametrize("keyword", ["EXPTIME", "FILTER", "RA_EXP", "CCDNUM", "EXTNAME"])
def test_a_missing_keyword_is_named(stamps: dict[str, Path], edit: Edit, keyword: str) -> None:
    with pytest.raises(MissingKeyword, match=f"keyword {keyword} is missing"):
        read_observations(edit(stamps["04b"], {keyword: None}), corrections=by_name())
