"""Six camera columns share an exposure, five filters do not, and a mask joins its frame."""

import bz2
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from psycopg import Connection

from ingest.exposures import ingest_exposures
from ingest.report import Report
from schema.settings import Settings
from schema.store import Store
from tests.support.frames import DATA

pytestmark = pytest.mark.database
FOLDER = DATA / "sdss_run1000_camcol1_field100"
FRAME, MASK = FOLDER / "frame-r-001000-1-0100.fits.bz2", FOLDER / "fpM-001000-r1-0100.fit"


@pytest.fixture
def store(ledger: Settings) -> Store:
    return Store(ledger.store_root)


def sibling(folder: Path, camcol: int, physical_filter: str, later: float) -> Path:
    """Write the frame as another detector of the same field would have it, read some seconds later."""
    path = folder / f"frame-{physical_filter}-001000-{camcol}-0100.fits"
    with FRAME.open("rb") as packed, fits.open(bz2.open(packed), memmap=False) as hdus:
        row = hdus[3].data
        row["CAMCOL"], row["FILTER"] = camcol, physical_filter
        row["MJD"] += later / 86400
        hdus[0].header.update({"CAMCOL": camcol, "FILTER": physical_filter, "TAI": hdus[0].header["TAI"] + later})
        hdus[0].data = hdus[0].data + np.float32(camcol)
        hdus.writeto(path)
    return path


def ingest(owner: Connection[Any], store: Store, *paths: Path) -> Report:
    return ingest_exposures(owner, store, list(paths))


def datasets(owner: Connection[Any]) -> list[tuple[Any, ...]]:
    return owner.execute("select dataset_type, exposure, detector from dataset order by 1, 2, 3").fetchall()


def test_camera_columns_of_a_field_are_detectors_of_one_exposure(
    owner: Connection[Any], store: Store, tmp_path: Path
) -> None:
    """Their first rows are not read in the very same moment."""
    report = ingest(owner, store, FRAME, sibling(tmp_path, 2, "r", 0.4), sibling(tmp_path, 6, "r", -1.2))
    assert report.sentences == []
    assert datasets(owner) == [("raw_image", 100001003, 13), ("raw_image", 100001003, 23), ("raw_image", 100001003, 63)]
    assert owner.execute("select count(*) from exposure").fetchone() == (1,)


def test_filters_of_a_field_are_exposures_of_their_own(owner: Connection[Any], store: Store, tmp_path: Path) -> None:
    """The sky reaches the g CCD some minutes after the r CCD."""
    report = ingest(owner, store, FRAME, sibling(tmp_path, 1, "g", 287.0))
    assert report.sentences == []
    found = owner.execute("select exposure, physical_filter, band from exposure order by 1").fetchall()
    assert found == [(100001002, "g", "g"), (100001003, "r", "r")]


def test_a_frame_of_the_next_field_under_this_number_is_refused(
    owner: Connection[Any], store: Store, tmp_path: Path
) -> None:
    report = ingest(owner, store, FRAME, sibling(tmp_path, 2, "r", 36.0))
    assert report.counts() == {"new": 1, "refused": 1}
    assert "exposure 100001003 is registered with obs_start_mjd_tai" in report.sentences[0]


@pytest.mark.parametrize("order", [(MASK, FRAME), (FRAME, MASK)])
def test_a_mask_joins_its_frame_in_any_order(owner: Connection[Any], store: Store, order: tuple[Path, Path]) -> None:
    assert ingest(owner, store, *order).counts() == {"new": 2}
    assert datasets(owner) == [("raw_image", 100001003, 13), ("raw_mask", 100001003, 13)]
    # EXPTIME of the frame.
    assert owner.execute("select exp_time from exposure").fetchall() == [(53.907456,)]


def test_a_mask_may_come_later(owner: Connection[Any], store: Store) -> None:
    assert ingest(owner, store, FRAME).counts() == {"new": 1}
    assert ingest(owner, store, MASK).counts() == {"new": 1}
    assert ingest(owner, store, MASK, FRAME).counts() == {"known": 2}


def test_a_mask_alone_waits_for_its_frame(owner: Connection[Any], store: Store) -> None:
    report = ingest(owner, store, MASK)
    assert report.counts() == {"refused": 1}
    assert report.sentences == [
        "fpM-001000-r1-0100.fit: tells too little of exposure 100001003, and no image or raw frame of it is "
        "registered; ingest one, together with this file or before"
    ]
    assert owner.execute("select count(*) from registry.exposure").fetchone() == (0,)
    assert owner.execute("select count(*) from registry.dataset").fetchone() == (0,)
