"""Reference catalogs into the ledger."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import hpgeom
import numpy as np
import pytest
from astropy.table import Table
from psycopg import Connection
from pyarrow import csv

from ingest.refcats.ingest import ingest_refcat
from ingest.report import files_in
from schema.connect import connect
from schema.settings import Settings
from schema.store import Store
from tests.support.frames import GAIA
from tests.support.refcats import SDSS_D3, SDSS_HTM, TYCHO, write_stars

pytestmark = pytest.mark.database


@pytest.fixture
def store(ledger: Settings) -> Store:
    return Store(ledger.store_root)


def test_gaia_chunks_become_rows_with_lineage(owner: Connection[Any], store: Store) -> None:
    report = ingest_refcat(owner, store, files_in([GAIA]))
    assert report.counts() == {"new": 2}
    chunk = Table.read(GAIA / "chunk-03586.fits")
    rows = owner.execute(
        """select s.refstarid, s.ra, s.gmag, s.duplicatedsource, s.epochmjdtai, u.dataset_id
           from reference_star s join lateral registry.upstream(array[s.dataset_id]) u on u.depth = 1
           join dataset d on d.dataset_id = u.dataset_id where d.file_name = 'chunk-03586.fits' order by 1"""
    ).fetchall()
    assert len(rows) == len(chunk) == 148
    order = np.argsort(chunk["source_id"])
    assert [row[0] for row in rows] == list(chunk["source_id"][order])
    np.testing.assert_array_equal([row[1] for row in rows], chunk["ra"][order])
    np.testing.assert_allclose([row[2] for row in rows], chunk["phot_g_mean_mag"][order], rtol=1e-6)
    assert [row[3] for row in rows] == list(chunk["duplicated_source"][order])
    assert {row[4] for row in rows} == {57205.875}  # J2015.5


def test_stars_without_motion_have_nan(owner: Connection[Any], store: Store) -> None:
    ingest_refcat(owner, store, files_in([GAIA]))
    chunk = Table.read(GAIA / "chunk-03586.fits")
    still = np.sum(chunk["astrometric_params_solved"] != 31)
    row = owner.execute("select count(*) filter (where pmra = 'NaN'), count(*) from reference_star").fetchone()
    assert row is not None
    assert row[0] == still
    assert 0 < row[0] < row[1]


def test_the_same_chunks_again_change_nothing(owner: Connection[Any], store: Store) -> None:
    ingest_refcat(owner, store, files_in([GAIA]))
    assert ingest_refcat(owner, store, files_in([GAIA])).counts() == {"known": 2}
    assert owner.execute("select count(*) from reference_star").fetchone() == (149,)
    assert owner.execute("select count(*) from ingest.load").fetchone() == (1,)


def test_a_file_is_cut_into_cells_with_one_lineage(owner: Connection[Any], store: Store) -> None:
    assert ingest_refcat(owner, store, [TYCHO]).counts() == {"new": 1}
    cells = owner.execute(
        """select d.healpix, d.n_rows, l.role, f.file_name
           from dataset d join lineage l using (dataset_id) join dataset f on f.dataset_id = l.input_dataset_id
           join member m on m.dataset_id = d.dataset_id and m.collection = 'refcats/tycho2' order by 1"""
    ).fetchall()
    table = csv.read_csv(TYCHO)
    pixels = hpgeom.angle_to_pixel(8, table["ra_obs_deg"].to_numpy(), table["dec_obs_deg"].to_numpy())
    expected = zip(*np.unique(4 * 64 + pixels, return_counts=True), strict=True)
    assert cells == [(cell, n, "file", TYCHO.name) for cell, n in expected]
    assert [n for _, n, _, _ in cells] == [1, 1668]
    assert owner.execute("select count(*) from ingest.load").fetchone() == (1,)


def test_shards_that_share_a_cell_become_one_dataset(owner: Connection[Any], store: Store) -> None:
    first, second = SDSS_HTM / "903289.fits", SDSS_D3 / "225822.fits"
    assert ingest_refcat(owner, store, [first]).counts() == {"new": 1}
    assert ingest_refcat(owner, store, [second]).counts() == {"new": 1}
    rows = owner.execute(
        """select f.file_name, s.fileordinal, count(*) from reference_star s
           join lineage l on l.dataset_id = s.dataset_id and l.role = 'file' and l.ordinal = s.fileordinal
           join dataset f on f.dataset_id = l.input_dataset_id group by 1, 2 order by 2"""
    ).fetchall()
    # 178 sources stand in both; the file that came later counts.
    assert rows == [("903289.fits", 0, 682 - 178), ("225822.fits", 1, 2628)]
    stars = owner.execute("select count(*), count(distinct refstarid), count(distinct dataset_id) from reference_star")
    assert stars.fetchone() == (682 + 2628 - 178, 682 + 2628 - 178, 1)


def test_the_order_of_ingestion_is_all_that_counts(owner: Connection[Any], store: Store) -> None:
    """One batch gives the same datasets as one file after the other."""
    ingest_refcat(owner, store, [SDSS_HTM / "903289.fits", SDSS_D3 / "225822.fits"])
    at_once = owner.execute("select uid, content_digest from dataset where dataset_type = 'reference_star'").fetchall()
    assert len(at_once) == 1
    assert ingest_refcat(owner, store, [SDSS_D3 / "225822.fits"]).counts() == {"known": 1}
    again = owner.execute("select uid, content_digest from dataset where dataset_type = 'reference_star'").fetchall()
    assert again == at_once


def test_a_newer_file_of_the_same_name_takes_the_place_of_the_older(
    owner: Connection[Any], store: Store, tmp_path: Path
) -> None:
    for folder, ra in (("old", [100.0, 100.01]), ("new", [100.01, 100.02])):
        (tmp_path / folder).mkdir()
        write_stars(tmp_path / folder / "stars.fits", ra, [20.0, 20.0])
    old, new = (tmp_path / folder / "stars.fits" for folder in ("old", "new"))
    ingest_refcat(owner, store, [old])
    report = ingest_refcat(owner, store, [new])
    assert report.counts() == {"other content": 1}
    assert report.sentences[0].startswith("stars.fits: a file of this name came before with other content")
    assert ingest_refcat(owner, store, [old, new]).counts() == {"known": 2}
    assert [row[0] for row in owner.execute("select ra from reference_star order by 1")] == pytest.approx(
        [100.01, 100.02]
    )


def test_files_of_one_name_with_stars_apart_stand_side_by_side(
    owner: Connection[Any], store: Store, tmp_path: Path
) -> None:
    for folder, ra in (("north", 100.0), ("south", 200.0)):
        (tmp_path / folder).mkdir()
        write_stars(tmp_path / folder / "stars.fits", [ra], [20.0])
    assert ingest_refcat(owner, store, files_in([tmp_path])).counts() == {"new": 2}
    assert owner.execute("select count(*) from reference_star").fetchone() == (2,)


def test_other_code_converts_known_files_anew(
    owner: Connection[Any], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest_refcat(owner, store, files_in([GAIA]))
    before = set(members(owner))
    with monkeypatch.context() as patch:
        patch.setattr("ingest.refcats.register.recipe", lambda reader: sha256(b"better code").digest())
        assert ingest_refcat(owner, store, files_in([GAIA])).counts() == {"known": 2}
        after = set(members(owner))
        assert len(after) == len(before) == 2
        assert after.isdisjoint(before)
        assert owner.execute("select count(*) from reference_star").fetchone() == (149,)
    # And back: the conversions are there already, and are members again.
    ingest_refcat(owner, store, files_in([GAIA]))
    assert set(members(owner)) == before
    assert owner.execute("select count(*) from ingest.load").fetchone() == (2,)
    assert owner.execute("select count(*) from reference_star").fetchone() == (149,)


def test_a_file_under_another_name_is_the_same_file(owner: Connection[Any], store: Store, tmp_path: Path) -> None:
    write_stars(tmp_path / "stars.fits", [100.0], [20.0])
    write_stars(tmp_path / "more.fits", [100.01], [20.0], first=2)
    ingest_refcat(owner, store, [tmp_path / "stars.fits", tmp_path / "more.fits"])
    (tmp_path / "copy").mkdir()
    copy = (tmp_path / "stars.fits").rename(tmp_path / "copy" / "more.fits")
    assert ingest_refcat(owner, store, [copy]).counts() == {"known": 1}
    assert owner.execute("select refstarid from reference_star order by 1").fetchall() == [(1,), (2,)]


def members(owner: Connection[Any]) -> list[int]:
    """Give the datasets of stars that are current."""
    rows = owner.execute("select dataset_id from member join dataset using (dataset_id) where healpix is not null")
    return [row[0] for row in rows]


def test_a_file_that_is_marked_bad_leaves_its_cells(owner: Connection[Any], store: Store, tmp_path: Path) -> None:
    good, bad, alone = (tmp_path / f"{name}.fits" for name in ("good", "bad", "alone"))
    for first, (path, ra) in enumerate([(good, [100.0]), (bad, [100.01]), (alone, [200.0])], 1):
        write_stars(path, ra, [20.0], first=first)
    ingest_refcat(owner, store, [good, bad, alone])
    owner.execute(
        """insert into registry.mark (dataset_id, verdict, reason)
           select dataset_id, 'bad', 'Wrong epoch.' from dataset where file_name in ('bad.fits', 'alone.fits')"""
    )
    report = ingest_refcat(owner, store, [bad, alone])
    assert report.counts() == {"refused": 2}
    assert "is marked bad" in report.sentences[0]
    assert owner.execute("select refstarid from reference_star").fetchall() == [(1,)]
    owner.execute("update registry.mark set revoked_at = now()")
    assert ingest_refcat(owner, store, [bad, alone]).counts() == {"known": 2}
    assert owner.execute("select refstarid from reference_star order by 1").fetchall() == [(1,), (2,), (3,)]


def test_catalogs_have_runs_of_their_own_and_overlap(owner: Connection[Any], store: Store, tmp_path: Path) -> None:
    write_stars(tmp_path / "stars.fits", [303.2, 186.7], [46.0, 25.4])
    ingest_refcat(owner, store, [TYCHO, tmp_path / "stars.fits", *files_in([GAIA])])
    rows = owner.execute(
        """select m.collection, s.catalog, count(*) from reference_star s join member m using (dataset_id)
           group by 1, 2 order by 1"""
    ).fetchall()
    assert rows == [
        ("refcats/gaia_dr2", "gaia_dr2", 149), ("refcats/ps1", "ps1", 2), ("refcats/tycho2", "tycho2", 1669),
    ]  # fmt: skip


def test_a_large_batch_is_several_transactions(
    owner: Connection[Any], store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three files that reach into one cell, one by one: the earlier ones are read again from the store."""
    monkeypatch.setattr("ingest.refcats.ingest.FILES", 1)
    paths = [tmp_path / f"stars{n}.fits" for n in range(3)]
    for n, path in enumerate(paths):
        write_stars(path, [100.0 + n / 100], [20.0], first=10 * n)
    assert ingest_refcat(owner, store, paths).counts() == {"new": 3}
    assert owner.execute("select refstarid, fileordinal from reference_star order by 1").fetchall() == [
        (0, 0), (10, 1), (20, 2),
    ]  # fmt: skip


def test_two_ingests_at_once_end_as_one_after_the_other(
    owner: Connection[Any], ledger: Settings, store: Store, tmp_path: Path
) -> None:
    paths = [tmp_path / f"stars{n}.fits" for n in range(6)]
    for n, path in enumerate(paths):
        write_stars(path, [100.0 + n / 100, 130.0], [20.0, 20.0], first=2 * n)

    def ingest(mine: list[Path]) -> dict[str, int]:
        with connect("owner", ledger) as connection:
            return ingest_refcat(connection, store, mine).counts()

    with ThreadPoolExecutor(3) as pool:
        reports = list(pool.map(ingest, [paths[:4], paths[2:], paths]))
    assert sum(report.get("new", 0) for report in reports) == 6
    assert owner.execute("select count(*), count(distinct refstarid) from reference_star").fetchone() == (12, 12)
    assert len(members(owner)) == 2
    assert owner.execute("select count(*) from ingest.load where state <> 'published'").fetchone() == (0,)
