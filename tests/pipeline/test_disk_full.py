"""Full disks, of the store and of the database: one sentence in the execution, nothing lost, `retry` does the rest."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection, sql

from pipeline.planner.graph import Plan
from pipeline.planner.submit import submit
from schema.settings import Settings
from tests.support.frames import GAIA
from tests.support.portrait import ailments, portrait
from tests.support.processes import command, ended, start
from tests.support.runs import finish, plan_loads, plan_toys, states
from tests.support.small_disk import fill, mount

pytestmark = pytest.mark.database
SMALL = 256 << 10  # bytes
FULL = re.compile(
    r"skyledger: the database has no space left \(.*No space left on device.*\); "
    r"what was committed is safe: free some and run the command again\n"
)


@pytest.fixture
def small_store(toys: Settings, tmp_path: Path) -> Iterator[Path]:
    """Put the store on a disk that is full; give the file that fills it."""
    root = toys.store_root
    shutil.copytree(root, tmp_path / "copy")
    mount(root, SMALL)
    shutil.copytree(tmp_path / "copy", root, dirs_exist_ok=True)
    yield fill(root)
    subprocess.run(["umount", root], check=True)


@pytest.fixture
def small_tablespace(administrator: str, tmp_path: Path) -> Iterator[Path]:
    """Give the server a tablespace on a small disk; its name is that of the folder."""
    place = tmp_path / f"small_{os.getpid()}"
    place.mkdir()
    with psycopg.connect(administrator, autocommit=True) as admin:
        (data,) = admin.execute("select current_setting('data_directory')").fetchone() or ("",)
        if not Path(data).exists():
            pytest.skip("the server is on another host")
        owner = Path(data).stat()
        mount(place, SMALL)
        os.chown(place, owner.st_uid, owner.st_gid)
        create = sql.SQL("create tablespace {} location {}")
        admin.execute(create.format(sql.Identifier(place.name), sql.Literal(str(place))))
        admin.execute(sql.SQL("grant create on tablespace {} to public").format(sql.Identifier(place.name)))
        yield place
        admin.execute(sql.SQL("drop tablespace {}").format(sql.Identifier(place.name)))
    subprocess.run(["umount", place], check=True)


def run_to_the_end(owner: Connection[Any], planned: Plan) -> tuple[int, set[str], list[str]]:
    """Let all be tried as often as it may; give the run, and the classes and sentences of what went wrong."""
    run_id = submit(owner, planned, "run")
    finish(owner, run_id)
    rows = owner.execute("select distinct error_class, error from public.execution where error <> ''").fetchall()
    return run_id, {kind for kind, _ in rows}, [sentence for _, sentence in rows]


def retry(owner: Connection[Any], run_id: int) -> None:
    """Do what an operator does when there is space again."""
    owner.execute("select work.retry(array_agg(unit_id)) from work.unit where state = 'dead'")
    finish(owner, run_id)


def test_a_full_store_is_one_sentence_and_nothing_is_lost(
    small_store: Path, owner: Connection[Any], toys: Settings
) -> None:
    run_id, kinds, sentences = run_to_the_end(owner, plan_toys(owner))
    assert states(owner, run_id) == {"dead": 4, "blocked": 4}
    assert kinds == {"StoreFull"}
    full = f"no space is left in the store {toys.store_root}: free some or set SKYLEDGER_STORE; nothing was lost"
    assert sentences == [full]
    assert portrait(owner, toys.store_root)["staging"] == []
    small_store.unlink()
    retry(owner, run_id)
    assert states(owner, run_id) == {"done": 8}
    assert ailments(toys) == []


def test_a_database_that_is_full_when_a_catalog_is_staged_loses_nothing(
    small_tablespace: Path, owner: Connection[Any], toys: Settings, administrator: str, tmp_path: Path
) -> None:
    move = sql.SQL("alter database {} set default_tablespace = {}")
    with psycopg.connect(administrator, autocommit=True) as admin:
        admin.execute(move.format(sql.Identifier(owner.info.dbname), sql.Identifier(small_tablespace.name)))
    filler = fill(small_tablespace)
    assert ended(start(command, "ingest", "refcat", GAIA, log=tmp_path / "log")) == 1
    assert FULL.fullmatch((tmp_path / "log").read_text())
    run_id, kinds, sentences = run_to_the_end(owner, plan_loads(owner))
    assert states(owner, run_id) == {"done": 4, "dead": 1}
    assert kinds == {"DiskFull"}
    assert all("No space left on device" in sentence for sentence in sentences)
    filler.unlink()
    retry(owner, run_id)
    assert states(owner, run_id) == {"done": 5}
    assert ailments(toys) == []
    assert ended(start(command, "ingest", "refcat", GAIA, log=tmp_path / "log")) == 0
    assert portrait(owner, toys.store_root)["partitions"] == [(2, 2)]


def test_a_database_that_is_full_at_the_commit_loses_nothing(
    small_tablespace: Path, owner: Connection[Any], toys: Settings
) -> None:
    # Little of a page is used, so that a commit needs a new one.
    owner.execute("alter table registry.artifact set (fillfactor = 10)")
    move = sql.SQL("alter table registry.artifact set tablespace {}")
    owner.execute(move.format(sql.Identifier(small_tablespace.name)))
    filler = fill(small_tablespace)
    before = portrait(owner, toys.store_root)
    run_id, kinds, sentences = run_to_the_end(owner, plan_toys(owner))
    assert states(owner, run_id) == {"dead": 4, "blocked": 4}
    assert kinds == {"DiskFull"}
    assert all("No space left on device" in sentence for sentence in sentences)
    assert portrait(owner, toys.store_root)["datasets"] == before["datasets"]
    filler.unlink()
    retry(owner, run_id)
    assert states(owner, run_id) == {"done": 8}
    assert ailments(toys) == []
