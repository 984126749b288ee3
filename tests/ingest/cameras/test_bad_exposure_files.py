"""A file that cannot be taken in gets one sentence: file, place, remedy."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from ingest.cameras.errors import (
    BadExposureFile,
    BadWcs,
    DamagedFile,
    ImpossibleValue,
    MissingKeyword,
    UnknownCamera,
    UnknownProduct,
)
from ingest.cameras.read import read_observations

Edit = Callable[..., Path]
G_IMAGE = "c4d_170329_044212_ooi_g_ls9.N3.fits"


def test_an_error_keeps_its_values(instcal: Path, edit: Edit) -> None:
    path = edit(instcal / G_IMAGE, {"EXPTIME": -5.0})
    with pytest.raises(ImpossibleValue) as caught:
        read_observations(path)
    error = caught.value
    assert (error.path, error.keyword, error.value) == (path, "EXPTIME", -5.0)
    assert str(error) == f"{G_IMAGE}: EXPTIME is '-5.0' but must be a number from 0.01 to 7200; correct the header"


def test_a_missing_path_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_observations(tmp_path / "none.fits")


@pytest.mark.parametrize(
    "keyword", ["PROCTYPE", "EXPNUM", "DATE-OBS", "EXPTIME", "FILTER", "TELRA", "CCDNUM", "EXTNAME"]
)
def test_a_missing_keyword_is_named(instcal: Path, edit: Edit, keyword: str) -> None:
    with pytest.raises(MissingKeyword, match=f"keyword {keyword} is missing"):
        read_observations(edit(instcal / G_IMAGE, {keyword: None}))


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("EXPTIME", 0.0),
        ("EXPTIME", 1e6),
        ("EXPTIME", "NaN"),
        ("EXPTIME", "long"),
        ("EXPTIME", True),
        ("EXPNUM", 3.5),
        ("EXPNUM", -1),
        ("DATE-OBS", "2150-01-01T00:00:00"),
        ("DATE-OBS", "1979-12-31T00:00:00"),
        ("DATE-OBS", "yesterday"),
        ("DATE-OBS", 20170329),
        ("AIRMASS", 0.9),
        ("ZD", 95.0),
        ("AZ", 1000.0),
        ("MJD-OBS", 1.0),
        ("TELDEC", "95:00:00"),
        ("TELRA", "noon"),
        ("FILTER", " "),
    ],
)
def test_an_impossible_value_is_named(instcal: Path, edit: Edit, keyword: str, value: object) -> None:
    with pytest.raises(ImpossibleValue, match=f"{keyword}.* is .* but must be "):
        read_observations(
            edit(instcal / G_IMAGE, {keyword: value, **({"MJD-OBS": None} if keyword == "DATE-OBS" else {})})
        )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"INSTRUME": "Mosaic2"}, "INSTRUME 'Mosaic2', TELESCOP 'CTIO 4.0-m telescope'"),
        ({"INSTRUME": None, "TELESCOP": None, "ORIGIN": None}, "no INSTRUME, TELESCOP or ORIGIN"),
    ],
)
def test_an_unknown_camera_is_not_guessed(instcal: Path, edit: Edit, changes: dict[str, object], said: str) -> None:
    """FILTER still says DECam, which the stock translator takes for an answer."""
    with pytest.raises(UnknownCamera, match=r"skyledger cameras shows the \d+ that are known$") as caught:
        read_observations(edit(instcal / G_IMAGE, changes))
    assert said in str(caught.value)


def test_a_file_of_another_level_is_refused_for_that_and_not_for_what_it_lacks(instcal: Path, edit: Edit) -> None:
    with pytest.raises(UnknownProduct, match="PROCTYPE is 'SkySub'; only InstCal files"):
        read_observations(edit(instcal / G_IMAGE, {"PROCTYPE": "SkySub", "EXTNAME": None}))


def test_the_file_may_have_any_suffix(instcal: Path, tmp_path: Path) -> None:
    path = tmp_path / G_IMAGE.replace(".fits", ".jpg")
    shutil.copy(instcal / G_IMAGE, path)
    assert read_observations(path) == read_observations(instcal / G_IMAGE)


def test_a_broken_extension_does_not_vanish(instcal: Path, tmp_path: Path) -> None:
    path = tmp_path / G_IMAGE
    path.write_bytes((instcal / G_IMAGE).read_bytes().replace(b"XTENSION", b"XTENSIOM"))
    with pytest.raises(UnknownProduct, match="HDU 1 is not the image of a CCD"):
        read_observations(path)


def test_bytes_that_belong_to_no_hdu_are_found(instcal: Path, tmp_path: Path) -> None:
    path = tmp_path / G_IMAGE
    path.write_bytes((instcal / G_IMAGE).read_bytes() + bytes(2880))
    with pytest.raises(DamagedFile, match="after HDU 1 stand 2880 bytes that are no HDU"):
        read_observations(path)


def test_an_image_larger_than_its_detector_is_refused(instcal: Path, tmp_path: Path) -> None:
    path = tmp_path / G_IMAGE
    with fits.open(instcal / G_IMAGE) as hdus:
        hdus[1].data = np.zeros((10, 2049), dtype=np.float32)
        hdus.writeto(path)
    with pytest.raises(ImpossibleValue, match="'2049 x 10' but must be from 1 x 1 to 2048 x 4096, the size of N3"):
        read_observations(path)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"CTYPE1": None, "CTYPE2": None}, "has no celestial CTYPE1 and CTYPE2"),
        ({"CTYPE1": None}, "cannot be read"),
        ({"CRVAL1": "NaN"}, "has CRVAL1 'NaN'"),
        ({"CD1_1": 0.0, "CD1_2": 0.0}, "cannot be read"),
        ({"PV1_7": "NaN"}, "has PV1_7 'NaN'"),
        ({"PV1_1": None}, "has 0.00863 arcsec per pixel, not 0.263"),
        ({"CD1_2": 7.3e-4}, "has 0.796 arcsec per pixel, not 0.263"),
        ({"CRVAL2": -25.56018629818}, "lies 51.2 deg from the boresight"),
    ],
)
def test_a_bad_wcs_leaves_the_footprint_unknown(
    instcal: Path, edit: Edit, changes: dict[str, object], problem: str
) -> None:
    """The pixels may still be good and their WCS solved again, so the file is not refused."""
    (seen,) = read_observations(edit(instcal / G_IMAGE, changes))
    assert seen.corners is None
    assert seen.wcs_problem.startswith(f"{G_IMAGE}: WCS of HDU 'N3' {problem}")


def test_a_bad_wcs_is_of_the_family(tmp_path: Path) -> None:
    assert isinstance(BadWcs(tmp_path, "", "is bad"), BadExposureFile)


def test_a_hostile_value_cannot_flood_the_sentence(instcal: Path, edit: Edit) -> None:
    with pytest.raises(BadExposureFile) as caught:
        read_observations(edit(instcal / G_IMAGE, {"FILTER": "q" * 68}))
    assert len(str(caught.value)) < 200
