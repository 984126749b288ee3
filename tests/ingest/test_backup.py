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
from ingest.backup import BadBackup, backup, copy_files, restore_files, restore_ledger
from ingest.exposures import ingest_exposures
from ingest.loads.reload import lost_loads, reload_all
from ingest.refcats.ingest import ingest_refcat
from ingest.report import files_in
from schema.build import VIEWS
from schema.catalog.definition import definition, names
from schema.catalog.history import LENGTHS
from schema.connect import connect
from schema.dump import DumpFailed, dump, undump
from schema.migrate import prepare
from schema.settings import Settings, settings
from schema.store import Store
from schema.version import revision
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


# What they show is the state of the server, not what is in the ledger.
OF_THE_SERVER = {"table_size", "oldest_snapshot"}


def answers(using: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Give every row of every view, as a reader sees them."""
    found = {}
    with connect("reader", using) as reader:
        for view in {*VIEWS, *names()} - OF_THE_SERVER:
            rows = reader.execute(sql.SQL("select v::text from {} v order by 1").format(sql.Identifier(view)))
            found[view] = rows.fetchall()
    return found


def bring_back(using: Settings) -> int:
    """Load the catalogs whose rows are not there; give how many loads they were."""
    with connect("owner", using) as owner:
        back, problems = reload_all(owner, Store(using.store_root))
    assert problems == []
    return len(back)


def call(*arguments: str) -> Any:
    """Call a verb."""
    return CliRunner().invoke(app_of(backup_cli.mount), list(arguments), catch_exceptions=False)


@pytest.fixture
def move(elsewhere: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Let the verbs work on the other place."""
    assert elsewhere.database_url
    monkeypatch.setenv("SKYLEDGER_DATABASE_URL", elsewhere.database_url.get_secret_value())
    monkeypatch.setenv("SKYLEDGER_HOME", str(elsewhere.home))
    settings.cache_clear()
    return elsewhere


def test_a_restored_ledger_answers_every_query_the_same(filled: Settings, elsewhere: Settings, tmp_path: Path) -> None:
    backup(filled, tmp_path / "backup", NOW)
    copied = copy_files(filled, tmp_path / "backup")
    assert (copied.copied, copied.damaged) == (5, [])  # an image, two chunks, and their two conversions
    restore_ledger(elsewhere, tmp_path / "backup")
    assert answers(elsewhere)["reference_star"] == []
    assert restore_files(elsewhere, tmp_path / "backup").copied == 5
    assert bring_back(elsewhere) == 1
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
    (dump,) = tmp_path.glob("ledger-*.dump")
    with dump.open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(BadBackup, match=rf"{dump.name} is not the file that was written"):
        restore_ledger(elsewhere, tmp_path)
    with pytest.raises(BadBackup, match="is no backup"):
        restore_ledger(elsewhere, tmp_path / "nosuch")


def test_a_second_dump_takes_the_place_of_the_first_only_when_it_is_whole(
    filled: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    backup(filled, tmp_path, NOW)
    (tmp_path / "backup.json.new").mkdir()  # the disk fails after the second dump, before it is named
    with pytest.raises(BadBackup, match="cannot be filled"):
        backup(filled, tmp_path, NOW)
    restore_ledger(elsewhere, tmp_path)
    (tmp_path / "backup.json.new").rmdir()
    said = backup(filled, tmp_path, NOW)
    assert [path.name for path in tmp_path.glob("*.dump*")] == [said["dump"]]


def test_a_folder_that_cannot_be_filled_is_named_in_a_sentence(filled: Settings, tmp_path: Path) -> None:
    (tmp_path / "files").touch()
    with pytest.raises(BadBackup, match=rf"{tmp_path}: cannot be filled \(.*\): make room or give another folder"):
        copy_files(filled, tmp_path)


def test_a_restore_that_broke_off_leaves_an_empty_database_for_the_next(
    filled: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    said = backup(filled, tmp_path, NOW)
    broken = tmp_path / "broken.dump"
    whole = (tmp_path / said["dump"]).read_bytes()
    broken.write_bytes(whole[: len(whole) * 9 // 10])
    prepare(elsewhere)
    with pytest.raises(DumpFailed, match="pg_restore gave up"):
        undump(elsewhere, broken)
    with connect("owner", elsewhere, current=False) as owner:
        assert revision(owner) is None
    restore_ledger(elsewhere, tmp_path)
    assert answers(elsewhere)["dataset"] != []


def test_a_restore_that_was_killed_when_the_ledger_was_filled_is_finished(
    filled: Settings, tmp_path: Path, move: Settings
) -> None:
    folder = tmp_path / "backup"
    said = backup(filled, folder, NOW)
    copy_files(filled, folder)
    prepare(move)
    with pytest.raises(BadBackup, match="there is no ledger here that could lack something"):
        call("restore", str(folder), "--missing")
    undump(move, folder / said["dump"])  # without the rights of the roles, which are not in a dump
    with pytest.raises(BadBackup, match="there is a ledger already"):
        call("restore", str(folder))
    finished = call("restore", str(folder), "--missing")
    assert finished.exit_code == 0
    assert "copied 5 files, 0 were there" in finished.stdout
    assert answers(move) == answers(filled)
    assert "copied 0 files, 5 were there\nloaded 0 rows" in call("restore", str(folder), "--missing").stdout


def test_files_that_a_store_has_lost_come_back_and_damaged_ones_are_told(filled: Settings, tmp_path: Path) -> None:
    call("backup", str(tmp_path))
    lost, short = sorted(filled.store_root.glob("files/*/*.parquet"))
    content = lost.read_bytes()
    lost.unlink()
    short.chmod(0o644)
    short.write_bytes(b"x")
    done = call("restore", str(tmp_path), "--missing")
    assert done.exit_code == 1
    assert "copied 1 files, 3 were there" in done.stdout
    assert f"{short.name} in the store has not the size that was registered: remove it" in done.stderr
    assert lost.read_bytes() == content
    short.unlink()
    assert call("restore", str(tmp_path), "--missing").exit_code == 0


def test_the_password_is_not_in_the_list_of_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "postgres").touch()
    program = tmp_path / "pg_dump"
    program.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/said\nprintf %s "$PGPASSWORD" > {tmp_path}/secret\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("SKYLEDGER_PG_BIN", str(tmp_path))
    monkeypatch.setenv("PGPASSWORD", "of another program")
    url = SecretStr(make_conninfo(host="h", user="o'neil", password="it's \\ secret", dbname="sky"))
    dump(Settings(database_url=url, role_prefix="mine"), tmp_path / "dump")
    said = (tmp_path / "said").read_text()
    assert (tmp_path / "secret").read_text() == "it's \\ secret"
    assert "secret" not in said
    assert r"user=o\'neil " in said
    assert "--role=mine_owner\n" in said
    # Without a password of its own the ledger leaves that of the environment alone, as its connections do.
    dump(Settings(database_url=SecretStr("postgresql://me@h/sky")), tmp_path / "dump")
    assert (tmp_path / "secret").read_text() == "of another program"


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
    assert bring_back(filled) == 1
    assert answers(filled) == before
    assert bring_back(filled) == 0


def test_a_reload_that_cannot_be_leaves_everything_as_it_was(filled: Settings, owner: Connection[Any]) -> None:
    (lost,) = [row[0] for row in owner.execute("select staged from ingest.load")]
    owner.execute(sql.SQL("drop table catalog_part.{}").format(sql.Identifier(lost)))
    load = owner.execute("select * from ingest.load").fetchall()
    owner.execute("update registry.artifact set state = 'missing' where path like '%%.parquet'")
    back, (problem,) = reload_all(owner, Store(filled.store_root))
    assert back == []
    assert "of which no file is left: `skyledger restore --missing` may bring it" in problem
    assert owner.execute("select * from ingest.load").fetchall() == load


def test_a_load_without_its_files_does_not_keep_the_others_away(ledger: Settings, owner: Connection[Any]) -> None:
    store = Store(ledger.store_root)
    for chunk in files_in([GAIA]):
        ingest_refcat(owner, store, [chunk])
    loads = owner.execute("select load_id, staged from ingest.load order by 1").fetchall()
    assert len(loads) == 2
    for _, staged in loads:
        owner.execute(sql.SQL("drop table catalog_part.{}").format(sql.Identifier(staged)))
    path = owner.execute(
        """select a.path from ingest.load_file f join registry.dataset d using (dataset_id)
           join registry.artifact a using (content_digest) where f.load_id = %s limit 1""",
        [loads[0][0]],
    ).fetchall()[0][0]
    (ledger.store_root / path).unlink()
    back, problems = reload_all(owner, store)
    assert [load.load_id for load in back] == [loads[1][0]]
    assert len(problems) == 1
    assert "is missing" in problems[0]


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
    assert bring_back(filled) == 1
    assert owner.execute("select refstarid, ra, pmra::text from reference_star order by 1").fetchall() == stars


def test_lengths_of_earlier_revisions_are_those_that_landed() -> None:
    script = (Path(__file__).parents[2] / "migrations" / "versions" / "0001_baseline.sql").read_text()
    for catalog, length in LENGTHS["0001"].items():
        body = script.partition(f"CREATE TABLE catalog.{catalog} (\n")[2].partition("\n)")[0]
        columns = [line for line in body.splitlines() if line.startswith("\t") and not line.strip()[0].isupper()]
        assert len(columns) == length + 2, catalog  # load_id and dataset_id are only in SQL
        known = [column.name.lower() for column in definition(catalog).columns[:length]]
        assert [line.split()[0] for line in columns[2:]] == known


def test_the_verbs_say_what_they_do(filled: Settings, tmp_path: Path) -> None:
    folder = str(tmp_path / "backup")
    written = call("backup", folder)
    assert "copied 5 files, 0 were there" in written.stdout
    assert "would bring the ledger of 20" in call("restore", folder, "--dry-run").stdout
    assert "would bring what is missing into" in call("restore", folder, "--missing", "--dry-run").stdout
    assert call("reload", "--dry-run", "--output", "json").stdout == "[]\n"
    assert "loaded 0 rows of 0 loads" in call("reload").stdout
    victim = next(filled.store_root.glob("files/*/*.parquet"))
    victim.unlink()
    (tmp_path / "other").mkdir()
    damaged = call("backup", str(tmp_path / "other"))
    assert damaged.exit_code == 1
    assert "is missing" in damaged.stderr
