"""SDSS masks are known by the numbers of their frames."""

import math
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from astropy.io import fits

from ingest.cameras.errors import BadExposureFile, ImpossibleValue, UnknownProduct
from ingest.cameras.read import read_observations

Edit = Callable[..., Path]


def test_a_mask_is_that_of_its_frame(dr9_mask: Path, dr9_cutout: Path) -> None:
    (mask,), (frame,) = read_observations(dr9_mask), read_observations(dr9_cutout)
    assert mask.exposure == 1000 * 100000 + 100 * 10 + 3  # RUN = 1000, FIELD = 100, r in the name
    assert mask.detector == 13  # CAMCOL = 1, r in the name
    assert (mask.exposure, mask.visit, mask.detector) == (frame.exposure, frame.visit, frame.detector)
    assert (mask.physical_filter, mask.band) == ("r", "r")
    assert (mask.kind, mask.part, mask.shape) == ("mask", "", (1489, 2048))  # MASKROWS, MASKCOLS
    assert (mask.wcs, mask.corners, mask.pixel_unit) == ("none", None, "")
    assert mask.is_companion
    assert not frame.is_companion


def test_a_mask_does_not_say_when_it_was_taken(dr9_mask: Path) -> None:
    """FRAME_ID and the like are dates of processing, in 2009."""
    (mask,) = read_observations(dr9_mask)
    assert all(map(math.isnan, (mask.obs_start_mjd_tai, mask.exp_mid_mjd_tai, mask.exp_time)))
    assert mask.day_obs is None


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("fpM-001001-r1-0100.fit", "RUN is '1000' but must be 1001, as the file name says"),
        ("fpM-001000-r2-0100.fit", "CAMCOL is '1' but must be 2, as the file name says"),
        ("fpM-001000-r1-0101.fit", "FIELD is '100' but must be 101, as the file name says"),
        ("mask.fit", "is not an SDSS mask"),
    ],
)
def test_a_name_that_contradicts_the_file_is_refused(dr9_mask: Path, tmp_path: Path, name: str, sentence: str) -> None:
    path = tmp_path / name
    shutil.copy(dr9_mask, path)
    with pytest.raises(BadExposureFile, match=sentence):
        read_observations(path)


def test_a_mask_without_one_of_its_planes_is_refused(dr9_mask: Path, tmp_path: Path) -> None:
    path = tmp_path / dr9_mask.name
    with fits.open(dr9_mask) as hdus:
        fits.HDUList([*hdus[:5], *hdus[6:]]).writeto(path)
    with pytest.raises(UnknownProduct, match="has 10 HDUs after the first, not 11"):
        read_observations(path)


def test_a_mask_whose_spans_lost_their_name_is_refused(dr9_mask: Path, edit: Edit) -> None:
    with pytest.raises(UnknownProduct, match="tables without spans"):
        read_observations(edit(dr9_mask, {"TTYPE10": "t"}))


def test_a_mask_of_other_planes_is_refused(dr9_mask: Path, edit: Edit) -> None:
    with pytest.raises(BadExposureFile, match="fpM-001000"):
        read_observations(edit(dr9_mask, {"NPLANE": 9}))
    with pytest.raises(ImpossibleValue, match="RUN is '0'"):
        read_observations(edit(dr9_mask, {"RUN": 0}))
