"""Backup and restore: another place, the same answers; nothing is overwritten, nothing damaged is taken for good."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
from psycopg import Connection, sql
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr
from typer.testing import CliRunner

from ingest import backup_cli
from ingest.backup import BadBackup, backup, copy_files, reload_catalogs, restore_files, restore_ledger
from ingest.exposures import ingest_exposures
from ingest.loads.reload import LostFile, lost_loads
from ingest.refcats.ingest import ingest_refcat
from ingest.report import files_in
from schema.build import VIEWS
from schema.catalog.definition import definition, names
from schema.catalog.history import LENGTHS
from schema.connect import connect
from schema.dump import DumpFailed
from schema.settings import Settings
from schema.store import Store
from tests.support.frames import DECAM, GAIA
from tests.support.typer_app import app_of

pytestmark = pytest.mark.database
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def filled(ledger: Settings, owner: Connection[Any]) -> Settings:
    """Give a ledger with exposures and a reference catalog."""
    store = Store(ledger.store_root)
    ingest_exposures(owner, store, sorted(DECAM.glob("*_ooi_g_*"))[:1])
    ingest_refcat(owner, store, files_in([GAIA]))
    return ledger


@pytest.fixture
def elsewhere(administrator: str, ledger: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Give the settings of an empty database and another store."""
    name = f"restored_{os.getpid()}_{id(tmp_path)}"
    with psycopg.connect(administrator, autocommit=True) as admin:
        admin.execute(f"create database {name}".encode())
    yield ledger.model_copy(
        update={
            "database_url": SecretStr(make_conninfo(administrator, dbname=name)),
            "home": tmp_path / "elsewhere",
        }
    )
    with psycopg.connect(administrator, autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)".encode())


def answers(using: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Give every row of every view, as a reader sees them."""
    found = {}
    with connect("reader", using) as reader:
        for view in (*VIEWS, *names()):
            rows = reader.execute(sql.SQL("select v::text from {} v order by 1").format(sql.Identifier(view)))
            found[view] = rows.fetchall()
    return found


def test_a_restored_ledger_answers_every_query_the_same(filled: Settings, elsewhere: Settings, tmp_path: Path) -> None:
    backup(filled, tmp_path / "backup", NOW)
    copied = copy_files(filled, tmp_path / "backup")
    assert (copied.copied, copied.damaged) == (5, [])  # an image, two chunks, and their two conversions
    restore_ledger(elsewhere, tmp_path / "backup")
    assert answers(elsewhere)["reference_star"] == []
    assert restore_files(elsewhere, tmp_path / "backup").copied == 5
    assert reload_catalogs(elsewhere) == 1
    assert len(answers(filled)["reference_star"]) > 100
    assert answers(elsewhere) == answers(filled)
    # What comes in later does so as in any ledger.
    with connect("owner", elsewhere) as owner:
        assert ingest_refcat(owner, Store(elsewhere.store_root), files_in([GAIA])).counts() == {"known": 2}
        assert ingest_exposures(owner, Store(elsewhere.store_root), sorted(DECAM.glob("*_ooi_r_*"))[:1]).counts() == {
            "new": 1
        }


def test_a_second_backup_copies_what_is_new(filled: Settings, owner: Connection[Any], tmp_path: Path) -> None:
    copy_files(filled, tmp_path)
    ingest_exposures(owner, Store(filled.store_root), sorted(DECAM.glob("*_ooi_r_*"))[:1])
    copied = copy_files(filled, tmp_path)
    assert (copied.copied, copied.there) == (1, 5)


def test_a_damaged_file_is_told_and_does_not_enter_the_backup(filled: Settings, tmp_path: Path) -> None:
    store = filled.store_root
    victims = sorted(store.glob("files/*/*"))[:2]
    victims[0].chmod(0o644)
    victims[0].write_bytes(b"x" * victims[0].stat().st_size)
    victims[1].unlink()
    report = copy_files(filled, tmp_path)
    assert report.copied == 3
    assert len(report.damaged) == 2
    assert any("SHA-256 differs" in sentence for sentence in report.damaged)
    assert any("is missing" in sentence for sentence in report.damaged)
    assert len(list(tmp_path.glob("files/*/*"))) == 3


def test_a_ledger_that_is_there_is_not_restored_over(filled: Settings, tmp_path: Path) -> None:
    backup(filled, tmp_path, NOW)
    with pytest.raises(BadBackup, match="there is a ledger already"):
        restore_ledger(filled, tmp_path)


def test_a_dump_that_was_changed_is_refused(filled: Settings, elsewhere: Settings, tmp_path: Path) -> None:
    backup(filled, tmp_path, NOW)
    with (tmp_path / "ledger.dump").open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(BadBackup, match=r"ledger\.dump is not the file that was written"):
        restore_ledger(elsewhere, tmp_path)
    with pytest.raises(BadBackup, match="is no backup"):
        restore_ledger(elsewhere, tmp_path / "nosuch")


def test_a_dump_that_cannot_be_written_is_one_sentence(filled: Settings, tmp_path: Path) -> None:
    lost = filled.model_copy(update={"database_url": SecretStr("postgresql://nobody@127.0.0.1:1/none")})
    with pytest.raises(DumpFailed, match=r"pg_dump gave up: .*connection"):
        backup(lost, tmp_path, NOW)
    assert not (tmp_path / "backup.json").exists()


def test_a_partition_that_was_lost_is_loaded_again(filled: Settings, owner: Connection[Any]) -> None:
    before = answers(filled)
    (lost,) = [row[0] for row in owner.execute("select staged from ingest.load")]
    owner.execute(sql.SQL("drop table catalog_part.{}").format(sql.Identifier(lost)))
    assert answers(filled)["reference_star"] == []
    assert [(load.target, load.n_files) for load in lost_loads(owner)] == [("reference_star", 2)]
    assert reload_catalogs(filled) == 1
    assert answers(filled) == before
    assert reload_catalogs(filled) == 0


def test_a_reload_that_cannot_be_leaves_everything_as_it_was(filled: Settings, owner: Connection[Any]) -> None:
    (lost,) = [row[0] for row in owner.execute("select staged from ingest.load")]
    owner.execute(sql.SQL("drop table catalog_part.{}").format(sql.Identifier(lost)))
    load = owner.execute("select * from ingest.load").fetchall()
    owner.execute("update registry.artifact set state = 'missing' where path like '%%.parquet'")
    with pytest.raises(LostFile, match="of which no file is left: restore the store"):
        reload_catalogs(filled)
    assert owner.execute("select * from ingest.load").fetchall() == load


def test_files_of_an_earlier_revision_are_loaded_with_what_came_since(
    filled: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    (lost,) = [row[0] for row in owner.execute("select staged from ingest.load")]
    stars = owner.execute("select refstarid, ra, pmra::text from reference_star order by 1").fetchall()
    owner.execute(sql.SQL("drop table catalog_part.{}").format(sql.Identifier(lost)))
    had = LENGTHS["0001"]["reference_star"]
    for path in filled.store_root.glob("files/*/*.parquet"):
        table = pq.read_table(path)
        path.chmod(0o644)
        pq.write_table(table.select([column.name for column in definition("reference_star").columns[:had]]), path)
    assert reload_catalogs(filled) == 1
    assert owner.execute("select refstarid, ra, pmra::text from reference_star order by 1").fetchall() == stars


def test_lengths_of_earlier_revisions_are_those_that_landed() -> None:
    script = (Path(__file__).parents[2] / "migrations" / "versions" / "0001_baseline.sql").read_text()
    for catalog, length in LENGTHS["0001"].items():
        body = script.partition(f"CREATE TABLE catalog.{catalog} (\n")[2].partition("\n)")[0]
        columns = [line for line in body.splitlines() if line.startswith("\t") and not line.strip()[0].isupper()]
        assert len(columns) == length + 2, catalog  # load_id and dataset_id are only in SQL
        known = [column.name.lower() for column in definition(catalog).columns[:length]]
        assert [line.split()[0] for line in columns[2:]] == known


def test_the_verbs_say_what_they_do(filled: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def call(*arguments: str) -> Any:
        return CliRunner().invoke(app_of(backup_cli.mount), list(arguments), catch_exceptions=False)

    folder = str(tmp_path / "backup")
    written = call("backup", folder)
    assert "copied 5 files, 0 were there" in written.stdout
    assert "would restore the ledger of" in call("restore", folder, "--dry-run").stdout
    assert call("reload", "--dry-run", "--output", "json").stdout == "[]\n"
    assert "loaded 0 rows of 0 loads" in call("reload").stdout
    victim = next(filled.store_root.glob("files/*/*.parquet"))
    victim.unlink()
    (tmp_path / "other").mkdir()
    damaged = call("backup", str(tmp_path / "other"))
    assert damaged.exit_code == 1
    assert "is missing" in damaged.stderr
