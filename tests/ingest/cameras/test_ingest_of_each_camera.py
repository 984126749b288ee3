"""The files of every camera come into one ledger; what has no WCS comes without a footprint."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from astropy.io import fits
from psycopg import Connection

from ingest.cameras.camera import load_cameras
from ingest.exposures import ingest_exposures
from schema.settings import Settings
from schema.store import Store

pytestmark = pytest.mark.database

VISITS = {"90Prime": 12, "DECam": 9 + 6, "HSC": 1, "Mosaic3": 3, "PANOPTES": 2, "SDSS": 2}
RAW_VISITS = {
    "ALFOSC": 1, "LATISS": 1, "LSST-TS3": 1, "LSST-UCDCam": 1, "LSST-obs-test": 1, "LSSTCam": 1, "LSSTComCam": 1,
    "LSSTComCamSim": 1, "MIDAS-CCD": 1,
}  # fmt: skip
STAMPS = "MC_C_20240918_000013_R00_SG0_guider.fits.gz"
ALONE = (
    f"{STAMPS}: tells too little of exposure 3024091800013, and no image or raw frame of it is registered; "
    "ingest one, together with this file or before"
)


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
    without = owner.execute(
        """select d.instrument, d.exposure from dataset d
           where not exists (select from registry.region r where r.dataset_id = d.dataset_id) order by 1"""
    ).fetchall()
    assert without == [("PANOPTES", 20160909081226), ("SDSS", 100001003)]


def test_real_raw_frames_come_in(owner: Connection[Any], ledger: Settings, raws: dict[str, Path]) -> None:
    report = ingest_exposures(owner, Store(ledger.store_root), list(raws.values()))
    assert report.counts() == {"new": 9, "refused": 1}
    assert report.sentences == [ALONE]
    visits = owner.execute("select instrument, count(*) from visit group by 1").fetchall()
    assert dict(visits) == RAW_VISITS
    # Nobody has a raw frame of MegaCam, and two cameras are invented.
    assert load_cameras().keys() - VISITS.keys() - RAW_VISITS.keys() == {"MegaPrime", "Monocle", "Quartet"}
    types = owner.execute("select dataset_type, count(*) from dataset group by 1 order by 1").fetchall()
    assert types == [("raw", 9)]
    taken = owner.execute(
        "select instrument, exposure, observation_type, physical_filter, exp_time from exposure order by 1, 2"
    ).fetchall()
    assert taken == [
        ("ALFOSC", 20110701203442, "flat", "g'_SDSS 480_145", 1.0),
        ("LATISS", 3018092000065, "unknown", None, 27.0),
        ("LSST-TS3", 201607220607067, "flat", "550CutOn", 30.611),
        ("LSST-UCDCam", 3023073000237, "flat", "r", 2.0),
        ("LSST-obs-test", 890104911, "science", "g", 15.0),
        ("LSSTCam", 3021121200310, "flat", "SDSSi", 7.83172),
        ("LSSTComCam", 3019053000001, "bias", None, 0.0),
        ("LSSTComCamSim", 7024040400780, "science", "r_03", 30.0),
        ("MIDAS-CCD", 1, "science", None, None),
    ]
    assert ingest_exposures(owner, Store(ledger.store_root), list(raws.values())).counts() == {"known": 9, "refused": 1}


def test_an_image_whose_wcs_is_broken_stays_out_where_one_without_comes_in(
    owner: Connection[Any], ledger: Settings, panoptes: Path, edit: Callable[..., Path]
) -> None:
    broken = edit(panoptes / "unsolved.fits", {"CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP"})
    report = ingest_exposures(owner, Store(ledger.store_root), [panoptes / "unsolved.fits", broken])
    assert report.counts() == {"new": 1, "refused": 1}
    (sentence,) = report.sentences
    assert sentence.startswith("unsolved.fits: WCS is in the dialect SIP, but lacks A_ORDER")


def frame_beside(folder: Path, raws: dict[str, Path], **cards: Any) -> Path:
    """Write a frame of the laboratory with the name and time of the stamps."""
    frame = folder / "MC_C_20240918_000013_R22_S22.fits"
    with fits.open(raws["30211212000310-R22-S22-det098.fits"], disable_image_compression=True) as hdus:
        header = hdus[0].header
        header.update({"OBSID": ("MC_C_20240918_000013", ""), "DAYOBS": ("20240918", ""), "SEQNUM": (13, "")})
        header.update({"DATE-OBS": ("2024-09-18T13:51:27.000", ""), "FILTER": ("ef_43", "")})
        header.update(cards)
        for hdu in hdus:
            for keyword in ("MJD-OBS", "CHECKSUM", "DATASUM"):
                hdu.header.remove(keyword, ignore_missing=True)
        hdus.writeto(frame)
    return frame


def test_stamps_of_a_guider_contradict_no_frame_of_their_exposure(
    owner: Connection[Any], ledger: Settings, raws: dict[str, Path], tmp_path: Path
) -> None:
    """The frame is given after them and goes before."""
    report = ingest_exposures(owner, Store(ledger.store_root), [raws[STAMPS], frame_beside(tmp_path, raws)])
    assert report.sentences == []
    taken = owner.execute("select exp_time, observation_type, physical_filter from exposure").fetchall()
    assert taken == [(7.83172, "flat", "ef_43")]
    assert owner.execute("select detector from dataset order by 1").fetchall() == [(98,), (189,)]


def test_stamps_that_came_first_lock_no_frame_out(
    owner: Connection[Any], ledger: Settings, raws: dict[str, Path], tmp_path: Path
) -> None:
    store = Store(ledger.store_root)
    assert ingest_exposures(owner, store, [raws[STAMPS]]).sentences == [ALONE]
    assert owner.execute("select count(*) from exposure").fetchone() == (0,)
    assert ingest_exposures(owner, store, [frame_beside(tmp_path, raws)]).counts() == {"new": 1}
    assert ingest_exposures(owner, store, [raws[STAMPS]]).counts() == {"new": 1}
    assert owner.execute("select exp_time, observation_type from exposure").fetchall() == [(7.83172, "flat")]


def test_stamps_of_a_bias_fit_to_it_whatever_filter_is_in_the_beam(
    owner: Connection[Any], ledger: Settings, raws: dict[str, Path], tmp_path: Path
) -> None:
    bias = frame_beside(tmp_path, raws, IMGTYPE="BIAS", EXPTIME=0.0)
    report = ingest_exposures(owner, Store(ledger.store_root), [bias, raws[STAMPS]])
    assert report.sentences == []
    assert owner.execute("select observation_type, physical_filter from exposure").fetchall() == [("bias", None)]
    assert owner.execute("select count(*) from dataset").fetchone() == (2,)
