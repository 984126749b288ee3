"""Reference catalogs into the ledger."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from psycopg import Connection

from ingest.refcats.ingest import ingest_refcat
from ingest.report import files_in
from schema.settings import Settings
from schema.store import Store
from tests.support.frames import GAIA

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


def test_bad_chunks_are_refused_by_name(owner: Connection[Any], store: Store, tmp_path: Path) -> None:
    (tmp_path / "chunk-1.fits").write_bytes((GAIA / "chunk-03586.fits").read_bytes()[:9000])
    (tmp_path / "chunk-2.fits").write_text("no FITS")
    with fits.open(GAIA / "chunk-03586.fits") as hdus:
        hdus[1].data["ra"][0] = np.nan
        hdus.writeto(tmp_path / "chunk-3.fits")
    with fits.open(GAIA / "chunk-03586.fits") as hdus:
        hdus[1].data["dec"][0] = -40.0
        hdus.writeto(tmp_path / "chunk-4.fits")
    fits.BinTableHDU(Table({"ra": [1.0]})).writeto(tmp_path / "chunk-5.fits")
    report = ingest_refcat(owner, store, files_in([tmp_path, GAIA]))
    assert report.counts() == {"new": 2, "refused": 5}
    assert [sentence.split(":")[0] for sentence in report.sentences] == [f"chunk-{n}.fits" for n in range(1, 6)]
    assert owner.execute("select count(*) from reference_star").fetchone() == (149,)
