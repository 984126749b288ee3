"""SDSS frames are described as header, astrometry table and file name say together."""

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

from ingest.cameras.errors import ImpossibleValue, UnknownProduct
from ingest.cameras.read import read_observations

Edit = Callable[..., Path]


def test_a_frame_is_described_by_keywords_table_and_name(frame: Path) -> None:
    (seen,) = read_observations(frame)
    read_at = 51075.2862776  # MJD of HDU 3: row 0 was read (TAI)
    exp_time = 53.901312  # EXPTIME = '53.901312'
    row = 26319e-6  # C_OBS = 26319 microseconds
    assert seen.exposure == seen.visit == 94 * 100000 + 131 * 10 + 2  # RUN 94, field 131, g
    assert (seen.instrument, seen.detector) == ("SDSS", 12)  # CAMCOL 1, FILTER g
    assert (seen.physical_filter, seen.band) == ("g", "g")  # FILTER
    assert seen.day_obs == 19980918  # 06:51 UTC on 19/09/98 (DATE-OBS) is before midnight at the site
    assert seen.exp_time == exp_time
    assert seen.obs_start_mjd_tai == pytest.approx(read_at - exp_time / 86400, abs=1e-7)
    assert seen.exp_mid_mjd_tai == pytest.approx(read_at + (744 * row - exp_time / 2) / 86400, abs=1e-7)
    assert (seen.ra, seen.dec) == pytest.approx((354.99161, 0.007890), abs=1e-9)  # RA, DEC
    assert seen.azimuth == pytest.approx(180 - 359.68881 + 360, abs=1e-9)  # AZ from the south
    assert (seen.altitude, seen.zenith_distance) == pytest.approx((57.3114, 32.6886), abs=1e-9)  # ALT
    assert seen.airmass == pytest.approx(1.1882, abs=1e-4)  # 1 / sin(ALT)
    assert seen.sky_rotation == 89.997  # SPA
    assert (seen.target_name, seen.science_program) == ("100 N", "100 N")  # OBJECT
    assert (seen.kind, seen.part, seen.shape) == ("image", "", (1489, 2048))  # NAXIS2, NAXIS1
    assert seen.pixel_unit == "nanomaggy"  # BUNIT


def test_the_corners_follow_from_the_tangent_projection(frame: Path) -> None:
    """The gnomonic formulae (Calabretta & Greisen 2002, section 5.1.3) by hand, with the header's values."""
    (seen,) = read_observations(frame)
    pixels = np.array([[0.5, 0.5], [0.5, 1489.5], [2048.5, 1489.5], [2048.5, 0.5]])  # FITS counts from 1
    matrix = np.array([[-5.92767838626e-08, 1.09961744951e-4], [1.09953819485e-4, 1.17919665290e-08]])  # CDi_j
    xi, eta = np.radians(matrix @ (pixels - (1025.0, 745.0)).T)  # CRPIX
    ra0, dec0 = np.radians([354.471966749, -0.930586702888])  # CRVAL
    east = np.arctan2(xi, np.cos(dec0) - eta * np.sin(dec0))
    dec = np.arctan2((np.sin(dec0) + eta * np.cos(dec0)) * np.cos(east), np.cos(dec0) - eta * np.sin(dec0))
    expected = np.degrees(np.stack([ra0 + east, dec], axis=-1))
    assert seen.corners == pytest.approx(expected, abs=1e-9)


def test_a_cutout_of_dr9_is_described_by_keywords_table_and_name(dr9_cutout: Path) -> None:
    """Here DATE-OBS is an ISO date, FRAME is the field, and FIELD is no keyword at all."""
    (seen,) = read_observations(dr9_cutout)
    read_at = 51458.2348473561  # MJD of HDU 3: row 0 was read (TAI); the keyword TAI is 4.5 s later
    exp_time = 53.907456  # EXPTIME = '53.907456'
    row = 26322e-6  # C_OBS = 26322 microseconds
    assert seen.exposure == seen.visit == 1000 * 100000 + 100 * 10 + 3  # RUN 1000, FIELD 100 of HDU 3, r
    assert (seen.instrument, seen.detector) == ("SDSS", 13)  # CAMCOL 1, FILTER r
    assert (seen.physical_filter, seen.band) == ("r", "r")  # FILTER
    assert seen.day_obs == 19991006  # TAIHMS 05:38 on 1999-10-07 (DATE-OBS) is before midnight at the site
    assert seen.exp_time == exp_time
    assert seen.obs_start_mjd_tai == pytest.approx(read_at - exp_time / 86400, abs=1e-7)
    assert seen.exp_mid_mjd_tai == pytest.approx(read_at + (744 * row - exp_time / 2) / 86400, abs=1e-7)
    assert (seen.ra, seen.dec) == pytest.approx((356.37594, 59.447875), abs=1e-9)  # RA, DEC
    assert seen.azimuth == pytest.approx(180 - 177.27053, abs=1e-9)  # AZ from the south
    assert (seen.altitude, seen.zenith_distance) == pytest.approx((63.269608, 26.730392), abs=1e-9)  # ALT
    assert seen.sky_rotation == 354.434  # SPA
    assert (seen.target_name, seen.science_program) == ("100 O", "100 O")  # OBJECT
    assert (seen.kind, seen.part, seen.shape, seen.wcs) == ("image", "", (100, 100), "solved")  # NAXIS2, NAXIS1
    assert seen.pixel_unit == "nanomaggy"


def test_the_corners_of_the_dr9_cutout_are_those_of_pixels_near_the_origin(dr9_cutout: Path) -> None:
    """CRPIX is that of the whole frame, so the cut-out lies 1024 columns and 744 rows from CRVAL."""
    (seen,) = read_observations(dr9_cutout)
    assert seen.corners is not None
    corner, center = SkyCoord(*seen.corners[0], unit="deg"), SkyCoord(358.367476656, 60.0993386463, unit="deg")  # CRVAL
    matrix = np.array([[-1.09751358757e-4, -7.35649519684e-6], [-7.23979717547e-6, 1.09733452613e-4]])  # CDi_j
    assert corner.separation(center).deg == pytest.approx(np.hypot(*matrix @ (1024.5, 744.5)), rel=1e-5)


@pytest.mark.parametrize("name", ["frame", "dr9_cutout"])
def test_time_and_pointing_agree_with_the_horizon(name: str, request: pytest.FixtureRequest) -> None:
    """ALT and AZ follow from the time when row 0 was read, ra, dec and the site."""
    (seen,) = read_observations(request.getfixturevalue(name))
    site = EarthLocation.from_geodetic(-105.820 * u.deg, 32.780 * u.deg, 2788 * u.m)
    read_at = Time(seen.obs_start_mjd_tai + seen.exp_time / 86400, format="mjd", scale="tai")
    with iers.conf.set_temp("auto_download", False):
        horizon = SkyCoord(seen.ra * u.deg, seen.dec * u.deg).transform_to(AltAz(obstime=read_at, location=site))
    # AZ and ALT are encoder values, good to 0.1 deg: this proves the sense of AZ and the date, not TAI against UTC.
    assert horizon.alt.deg == pytest.approx(seen.altitude, abs=0.15)
    assert horizon.az.deg == pytest.approx(seen.azimuth, abs=0.15)


def test_a_cutout_keeps_the_times_of_the_whole_frame(frame: Path, small_frame: Path) -> None:
    (whole,), (part,) = read_observations(frame), read_observations(small_frame)
    assert part.shape == (100, 100)
    assert (part.obs_start_mjd_tai, part.exp_mid_mjd_tai) == (whole.obs_start_mjd_tai, whole.exp_mid_mjd_tai)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("frame-g-000095-1-0131.fits", "RUN is '94' but must be 95, as the file name says"),
        ("frame-g-000094-2-0131.fits", "CAMCOL is '1' but must be 2, as the file name says"),
        ("frame-g-000094-1-0132.fits", "FIELD is '131' but must be 132, as the file name says"),
        ("frame-r-000094-1-0131.fits", "FILTER is 'g' but must be r, as the file name says"),
    ],
)
def test_a_name_that_contradicts_the_file_is_refused(
    small_frame: Path, tmp_path: Path, name: str, sentence: str
) -> None:
    path = tmp_path / name
    shutil.copy(small_frame, path)
    with pytest.raises(ImpossibleValue, match=sentence):
        read_observations(path)


def test_another_name_is_no_frame(small_frame: Path, tmp_path: Path) -> None:
    path = tmp_path / "fpC-000094-g1-0131.fits"
    shutil.copy(small_frame, path)
    with pytest.raises(UnknownProduct, match="is not an SDSS frame"):
        read_observations(path)


def test_a_frame_without_its_tables_is_refused(small_frame: Path, tmp_path: Path) -> None:
    path = tmp_path / small_frame.name
    with fits.open(small_frame) as hdus:
        hdus[0].writeto(path)
    with pytest.raises(UnknownProduct, match="has no astrometry table in HDU 3"):
        read_observations(path)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"TAI": 4412904834.62}, "TAI is '4412904834.62' but must be within 60 s of the MJD in HDU 3"),
        ({"EXPTIME": "54.0"}, "EXPTIME is '54.0' but must be 2048 rows of C_OBS"),
        ({"BUNIT": "count"}, "BUNIT is 'count' but must be 'nanomaggy'"),
    ],
)
def test_a_contradiction_is_refused(small_frame: Path, edit: Edit, changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ImpossibleValue, match=sentence):
        read_observations(edit(small_frame, changes))
