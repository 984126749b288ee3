"""The files of every camera come into one ledger; what has no WCS comes without a footprint."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from ingest.cameras.camera import load_cameras
from ingest.exposures import ingest_exposures
from schema.settings import Settings
from schema.store import Store

pytestmark = pytest.mark.database

VISITS = {"90Prime": 12, "DECam": 9 + 6, "HSC": 1, "Mosaic3": 3, "PANOPTES": 2, "SDSS": 2}


def test_every_camera_comes_in(
    owner: Connection[Any],
    ledger: Settings,
    instcal: Path,
    mosaic3: dict[str, Path],
    ninetyprime: dict[str, Path],
    panoptes: Path,
    frame: Path,
    dr9_cutout: Path,
    dr9_mask: Path,
    calexp: Path,
    stamps: dict[str, Path],
) -> None:
    of_bass_and_mzls = [*mosaic3.values(), *ninetyprime.values()]
    files = [*sorted(instcal.iterdir()), *of_bass_and_mzls, *sorted(panoptes.iterdir()), dr9_mask, frame, dr9_cutout]
    files += [calexp, *stamps.values()]
    report = ingest_exposures(owner, Store(ledger.store_root), files)
    assert report.sentences == []
    assert report.counts() == {"new": 27 + 9 + 26 + 2 + 3 + 1 + 6}
    visits = owner.execute("select instrument, count(*) from visit group by 1").fetchall()
    assert dict(visits) == VISITS
    assert VISITS.keys() == load_cameras().keys()
    without = owner.execute(
        """select d.instrument, d.exposure from dataset d
           where not exists (select from registry.region r where r.dataset_id = d.dataset_id) order by 1"""
    ).fetchall()
    assert without == [("PANOPTES", 20160909081226), ("SDSS", 100001003)]


def test_an_image_whose_wcs_is_broken_stays_out_where_one_without_comes_in(
    owner: Connection[Any], ledger: Settings, panoptes: Path, edit: Callable[..., Path]
) -> None:
    broken = edit(panoptes / "unsolved.fits", {"CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP"})
    report = ingest_exposures(owner, Store(ledger.store_root), [panoptes / "unsolved.fits", broken])
    assert report.counts() == {"new": 1, "refused": 1}
    (sentence,) = report.sentences
    assert sentence.startswith("unsolved.fits: WCS is in the dialect SIP, but lacks A_ORDER")
