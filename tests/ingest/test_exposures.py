"""Camera files into the ledger."""

import bz2
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from psycopg import Connection

from ingest.errors import NothingToIngest
from ingest.exposures import ingest_exposures
from ingest.report import Report, files_in
from schema.settings import Settings
from schema.store import Store
from tests.support.frames import DECAM, SDSS

pytestmark = pytest.mark.database
IMAGE = "c4d_170329_044212_ooi_g_ls9.N3.fits"


@pytest.fixture
def store(ledger: Settings) -> Store:
    return Store(ledger.store_root)


def ingest(owner: Connection[Any], store: Store, *paths: Path) -> Report:
    return ingest_exposures(owner, store, files_in(list(paths)))


def count(owner: Connection[Any], table: str) -> int:
    row = owner.execute(f"select count(*) from {table}".encode()).fetchone()  # noqa: S608
    return int(row[0]) if row else -1


def test_two_cameras_come_in(owner: Connection[Any], store: Store) -> None:
    report = ingest(owner, store, DECAM, SDSS)
    assert report.counts() == {"new": 28}
    assert report.sentences == []
    visits = owner.execute(
        "select instrument, count(*), min(day_obs), max(day_obs) from visit group by 1 order by 1"
    ).fetchall()
    assert visits == [("DECam", 9, 20150410, 20180313), ("SDSS", 1, 19980918, 19980918)]
    kinds = owner.execute("select dataset_type, count(*) from dataset group by 1 order by 1").fetchall()
    assert kinds == [("raw_image", 10), ("raw_mask", 9), ("raw_weight", 9)]
    assert count(owner, "registry.region") == 28
    # EXPTIME and the end of MJD-OBS of c4d_170329_044212_ooi_g: 131 s, 57841.19389557 UTC (37 s before TAI).
    row = owner.execute("select exp_time, obs_start_mjd_tai from exposure where exposure = 634850").fetchone()
    assert row == (131.0, pytest.approx(57841.19389557 + 37 / 86400, abs=2e-6))


def test_the_same_files_again_change_nothing(owner: Connection[Any], store: Store) -> None:
    ingest(owner, store, DECAM)
    before = owner.execute("select dataset_id, uid, created_at from registry.dataset order by 1").fetchall()
    assert ingest(owner, store, DECAM).counts() == {"known": 27}
    assert owner.execute("select dataset_id, uid, created_at from registry.dataset order by 1").fetchall() == before
    assert count(owner, "registry.member where until = 'infinity'") == 27


def test_other_bytes_under_the_same_name_are_a_new_dataset_and_said_so(
    owner: Connection[Any], store: Store, tmp_path: Path
) -> None:
    ingest(owner, store, DECAM / IMAGE)
    changed = tmp_path / IMAGE
    shutil.copy(DECAM / IMAGE, changed)
    with fits.open(changed, mode="update") as hdus:
        hdus[1].data[0, 0] += 1
    report = ingest(owner, store, changed)
    assert report.counts() == {"other content": 1}
    assert "came before with other bytes" in report.sentences[0]
    assert count(owner, "registry.dataset") == 2
    members = owner.execute("select dataset_id from registry.member where until = 'infinity'").fetchall()
    newest = owner.execute("select max(dataset_id) from registry.dataset").fetchall()
    assert members == newest


def test_a_bad_file_gets_one_sentence_and_the_rest_comes_in(
    owner: Connection[Any], store: Store, tmp_path: Path
) -> None:
    for path in sorted(DECAM.glob("c4d_17*"))[:6]:
        shutil.copy(path, tmp_path)
    (tmp_path / "c4d_000000_000000_ooi_g_ls9.N3.fits").write_bytes((DECAM / IMAGE).read_bytes()[:200_000])
    (tmp_path / "notes.fits").write_text("not a FITS file")
    report = ingest(owner, store, tmp_path)
    assert report.counts() == {"new": 6, "refused": 2}
    assert len(report.sentences) == 2
    assert all(len(sentence) < 300 and "\n" not in sentence for sentence in report.sentences)
    assert {sentence.split(":")[0] for sentence in report.sentences} == {
        "c4d_000000_000000_ooi_g_ls9.N3.fits",
        "notes.fits",
    }


def test_a_wcs_of_nan_is_refused(owner: Connection[Any], store: Store, tmp_path: Path) -> None:
    path = tmp_path / IMAGE
    shutil.copy(DECAM / IMAGE, path)
    with fits.open(path, mode="update") as hdus:
        hdus[1].header["CRVAL1"] = "NaN"
    report = ingest(owner, store, path)
    assert report.counts() == {"refused": 1}
    assert IMAGE in report.sentences[0]
    assert "CRVAL1" in report.sentences[0]
    assert count(owner, "registry.exposure") == 0


def test_a_file_that_contradicts_its_exposure_stays_out(owner: Connection[Any], store: Store, tmp_path: Path) -> None:
    for kind in ("ooi", "ood", "oow"):
        shutil.copy(DECAM / IMAGE.replace("ooi", kind), tmp_path)
    with fits.open(tmp_path / IMAGE.replace("ooi", "oow"), mode="update") as hdus:
        hdus[0].header["EXPTIME"] = 99.0
    report = ingest(owner, store, tmp_path)
    assert report.counts() == {"new": 2, "refused": 1}
    assert "exp_time 131.0, the file says 99.0" in report.sentences[0]


def test_an_exposure_is_registered_whole_or_not_at_all(
    owner: Connection[Any], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("ingest.exposures.add_members", broken)
    with pytest.raises(RuntimeError, match="power cut"):
        ingest(owner, store, DECAM)
    for table in ("registry.exposure", "registry.dataset", "registry.instrument", "catalog.visit", "registry.artifact"):
        assert count(owner, table) == 0


def test_another_compression_is_another_dataset_of_the_same_exposure(
    owner: Connection[Any], store: Store, tmp_path: Path
) -> None:
    ingest(owner, store, SDSS)
    (frame,) = SDSS.glob("*.bz2")
    plain = tmp_path / frame.name.removesuffix(".bz2")
    plain.write_bytes(bz2.decompress(frame.read_bytes()))
    assert ingest(owner, store, plain).counts() == {"other content": 1}
    assert count(owner, "registry.exposure") == 1


def test_footprints_hold_their_images(owner: Connection[Any], store: Store) -> None:
    from astropy.wcs import WCS

    from schema.sky import healpix29

    ingest(owner, store, DECAM / IMAGE)
    with fits.open(DECAM / IMAGE) as hdus:
        header = fits.Header([c for c in hdus[1].header.cards if c.keyword[:2] in ("CT", "CR", "CD", "CU", "PV")])
        ny, nx = hdus[1].data.shape
    x, y = np.meshgrid(np.linspace(0, nx - 1, 20), np.linspace(0, ny - 1, 20))
    ra, dec = WCS(header).all_pix2world(x.ravel(), y.ravel(), 0)
    inside = owner.execute(
        "select bool_and(ranges @> p) from registry.region, unnest(%s::bigint[]) p", [healpix29(ra, dec).tolist()]
    ).fetchone()
    assert inside == (True,)


def test_nothing_to_ingest_is_said(tmp_path: Path) -> None:
    with pytest.raises(NothingToIngest, match="no file found"):
        files_in([tmp_path])
