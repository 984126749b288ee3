"""The HSC cut-out comes in with what is known of it, and no more."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astro_metadata_translator import HscTranslator
from astropy.io import fits

from ingest.cameras.camera import load_cameras
from ingest.cameras.corrections.correction import Correction, Replacement
from ingest.cameras.errors import ImpossibleValue, NotAnExposure, UnknownDetector, UnknownFilter, UnknownProduct
from ingest.cameras.read import read_observations
from tests.support.corrections import by_name

Edit = Callable[..., Path]

GOOD = {"FILTER": "HSC-R", "TIME-MID": "2014-02-05T10:00:00.0Z", "EXPTIME": 60.0}
CAMERA = Correction(name="*", sha256="", keywords={"INSTRUME": Replacement(value="HSC", reason="For this test.")})


def test_what_the_file_and_its_correction_tell(calexp: Path) -> None:
    (seen,) = read_observations(calexp)
    assert (seen.instrument, seen.exposure, seen.visit, seen.detector) == ("HSC", 908120, 908120, 56)  # file name
    assert (seen.kind, seen.part, seen.shape) == ("image", "", (200, 200))  # NAXIS2, NAXIS1 of HDU 1
    assert (seen.physical_filter, seen.band, seen.day_obs) == ("", "", None)  # FILTER = '_unknown_', TIME-MID 1969
    numbers = [seen.obs_start_mjd_tai, seen.exp_mid_mjd_tai, seen.exp_time, seen.ra, seen.dec, seen.airmass]
    assert np.isnan(numbers).all()  # EXPTIME = 0, and no keyword for pointing and airmass
    assert (seen.wcs, seen.pixel_unit) == ("solved", "count")


def test_every_change_is_kept_with_what_the_file_said(calexp: Path) -> None:
    (seen,) = read_observations(calexp)
    assert {change.keyword: (change.header_value, change.value) for change in seen.changes} == {
        "INSTRUME": (None, "HSC"),
        "FILTER": ("_unknown_", None),
        "TIME-MID": ("1969-12-31T23:59:51.999918240Z", None),
        "EXPTIME": (0.0, None),
        "FLUXMAG0": (0.0, None),
    }
    assert all(change.reason.endswith(".") for change in seen.changes)


def test_the_corners_follow_from_the_cutouts_own_pixels(calexp: Path) -> None:
    """CRPIX counts the cut-out's pixels, not those of the CCD: LTV1 = LTV2 = -100 is in it already.

    HDU 5 holds the same WCS in pixels of the CCD counted from 0: crpix 965.8427, 2103.3892.
    """
    with fits.open(calexp) as hdus:
        header = hdus[1].header
        of_ccd = hdus[5].data["crpix"][0]
        assert of_ccd == pytest.approx([header["CRPIX1"] + 99, header["CRPIX2"] + 99], abs=1e-9)
    (seen,) = read_observations(calexp)
    assert seen.corners is not None
    u, v = 0.5 - 866.842697735752, 0.5 - 2004.38916604442  # CRPIX1, CRPIX2
    # SIP: A_2_0 = 5.213e-07 and so on, powers of u and v (Shupe et al. 2005).
    du, dv = (
        sum(header.get(f"{letter}_{i}_{j}", 0) * u**i * v**j for i in range(4) for j in range(4)) for letter in "AB"
    )
    matrix = np.array([[1.59205392797133e-07, -4.6219873781471e-05], [-4.66160953957467e-05, 1.06453327917948e-07]])
    xi, eta = np.radians(matrix @ [u + du, v + dv])  # CDi_j
    ra0, dec0 = np.radians([151.319266199627, 1.6150446085464])  # CRVAL
    east = np.arctan2(xi, np.cos(dec0) - eta * np.sin(dec0))
    dec = np.arctan2((np.sin(dec0) + eta * np.cos(dec0)) * np.cos(east), np.cos(dec0) - eta * np.sin(dec0))
    assert seen.corners[0] == pytest.approx(np.degrees([ra0 + east, dec]), abs=1e-9)


def test_without_the_correction_it_is_nobodys(calexp: Path) -> None:
    with pytest.raises(Exception, match="unknown camera"):
        read_observations(calexp, corrections=())


def test_the_correction_is_for_these_bytes_alone(calexp: Path, edit: Edit) -> None:
    with pytest.raises(Exception, match="unknown camera"):
        read_observations(edit(calexp, {"OBJECT": "M31"}))


def test_a_header_that_knows_is_read(calexp: Path, edit: Edit) -> None:
    (seen,) = read_observations(edit(calexp, GOOD), corrections=[CAMERA])
    assert (seen.physical_filter, seen.band, seen.exp_time) == ("HSC-R", "r", 60.0)
    assert seen.day_obs == 20140204  # midnight in Hawaii (UTC - 10 h)
    assert (seen.exp_mid_mjd_tai - seen.obs_start_mjd_tai) * 86400 == pytest.approx(30.0, abs=1e-5)
    assert seen.exp_mid_mjd_tai == pytest.approx(56693 + 10 / 24 + 35 / 86400, abs=1e-9)  # TAI was 35 s ahead


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"FILTER": "_unknown_"}, UnknownFilter, "unknown filter '_unknown_'"),
        ({"EXPTIME": 0.0}, ImpossibleValue, "EXPTIME is '0.0' but must be a number from 0.01 to 7200"),
        ({"TIME-MID": "1969-12-31T23:59:51.99Z"}, ImpossibleValue, "TIME-MID is '1969-12-31T23:59"),
        ({"EXTTYPE": "IMAGE"}, UnknownProduct, "is no calibrated exposure of HSC"),
    ],
)
def test_what_is_not_true_is_refused_unless_it_is_given_up(
    calexp: Path, edit: Edit, changes: dict[str, object], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        read_observations(edit(calexp, GOOD | changes), corrections=[CAMERA])


@pytest.mark.parametrize(
    ("name", "error", "sentence"),
    [
        ("HSC-0908120-112-small.fits", UnknownDetector, "HSC has no CCD 112"),
        ("calexp.fits", UnknownProduct, "is no calibrated exposure of HSC"),
    ],
)
def test_the_name_must_tell_visit_and_ccd(
    calexp: Path, tmp_path: Path, name: str, error: type[Exception], sentence: str
) -> None:
    path = tmp_path / name
    shutil.copy(calexp, path)
    named = tuple(one.model_copy(update={"name": "*"}) for one in by_name() if "HSC" in one.name)
    with pytest.raises(error, match=sentence):
        read_observations(path, corrections=named)


def test_the_112_detectors_are_those_of_the_stock_translator() -> None:
    camera = load_cameras()["HSC"]
    assert [d.number for d in camera.detectors] == list(range(112))
    assert [d.name for d in camera.detectors] == HscTranslator._DETECTOR_NUM_TO_UNIQUE_NAME
    assert [d.number for d in camera.detectors if d.purpose == "focus"] == list(range(104, 112))
    assert {(d.nx, d.ny) for d in camera.detectors} == {(2048, 4176)}
    bands = {f.name: f.band for f in camera.filters}
    assert {name: bands[f"HSC-{name}"] for name in ("G", "R", "R2", "I", "I2", "Z", "Y")} == {
        "G": "g", "R": "r", "R2": "r", "I": "i", "I2": "i", "Z": "z", "Y": "y",
    }  # fmt: skip


def test_a_table_is_no_image(tmp_path: Path) -> None:
    path = tmp_path / "catalog.fits"
    fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU.from_columns([fits.Column("ra", "D", array=[1.0])])]).writeto(
        path
    )
    with pytest.raises(NotAnExposure, match="holds no image"):
        read_observations(path)
