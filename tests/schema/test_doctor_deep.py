"""The deep look: every file against its digest, every invariant; each fault is found and named."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection, sql
from typer.testing import CliRunner

from ingest.exposures import ingest_exposures
from ingest.refcats.ingest import ingest_refcat
from ingest.report import files_in
from schema.cli import mount
from schema.settings import Settings
from schema.store import Store
from tests.support.frames import DECAM, GAIA
from tests.support.queue import add_units, claim, enlist
from tests.support.typer_app import app_of

pytestmark = pytest.mark.database
Break = Callable[[Connection[Any], Path], str]  # breaks something; gives a word of the finding


@pytest.fixture
def store(ledger: Settings, owner: Connection[Any]) -> Path:
    """Give the store of a ledger with files, rows and units."""
    ingest_exposures(owner, Store(ledger.store_root), sorted(DECAM.glob("*_ooi_g_*"))[:1])
    ingest_refcat(owner, Store(ledger.store_root), files_in([GAIA]))
    add_units(owner, 2)
    return ledger.store_root


def findings(*options: str) -> tuple[int, dict[str, tuple[bool, str]]]:
    """Give the exit code, and what is said about each thing."""
    result = CliRunner().invoke(app_of(mount), ["doctor", *options, "--output", "json"], catch_exceptions=False)
    return result.exit_code, {row["check"]: (row["ok"], row["finding"]) for row in json.loads(result.stdout)}


def image(store: Path) -> Path:
    """Give the stored raw image."""
    return next(path for path in store.glob("files/*/*") if path.suffix != ".parquet" and path.stat().st_size > 50_000)


def change_a_byte(owner: Connection[Any], store: Path) -> str:
    path = image(store)
    path.chmod(0o644)
    body = bytearray(path.read_bytes())
    body[1000] ^= 1
    path.write_bytes(body)
    return "has other bytes than were registered"


def cut_a_file(owner: Connection[Any], store: Path) -> str:
    path = image(store)
    path.chmod(0o644)
    os.truncate(path, 100)
    return "has 100 bytes instead of"


def remove_a_file(owner: Connection[Any], store: Path) -> str:
    image(store).unlink()
    return "cannot be read (No such file or directory)"


def leave_an_orphan(owner: Connection[Any], store: Path) -> str:
    for name in ("files/00/old.fits", "files/00/young.fits"):
        path = store / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    os.utime(store / "files/00/old.fits", (time.time() - 1e6,) * 2)
    return "1 orphans: nothing refers to them, they only take space: files/00/old.fits"


def forget_an_artifact(owner: Connection[Any], store: Path) -> str:
    owner.execute("update registry.artifact set state = 'missing' where path like '%.parquet'")
    return "2 datasets without a file"


def lose_a_partition(owner: Connection[Any], store: Path) -> str:
    (name,) = [row[0] for row in owner.execute("select staged from ingest.load")]
    owner.execute(sql.SQL("drop table catalog_part.{}").format(sql.Identifier(name)))
    return "1 published loads without their partition"


def leave_a_retirement(owner: Connection[Any], store: Path) -> str:
    owner.execute("select ingest.begin_retire(load_id) from ingest.load")
    return "1 loads that are half out of their table"


def leave_a_table(owner: Connection[Any], store: Path) -> str:
    owner.execute("create table catalog_part.forgotten (like catalog.source)")
    return "1 tables in catalog_part that are no partition"


def delete_a_row(owner: Connection[Any], store: Path) -> str:
    owner.execute(
        "delete from catalog.reference_star where refstarid = (select min(refstarid) from catalog.reference_star)"
    )
    return "of reference_star has"


def end_a_unit_by_hand(owner: Connection[Any], store: Path) -> str:
    owner.execute("update work.unit set state = 'done' where unit_id = (select min(unit_id) from work.unit)")
    return "1 units whose state is not where they are"


def lease_a_unit_twice(owner: Connection[Any], store: Path) -> str:
    worker = enlist(owner)
    claim(owner, worker, 1)
    owner.execute("update work.batch set units = units || units")
    return "1 units whose state is not where they are"


def let_a_unit_wait_for_nothing(owner: Connection[Any], store: Path) -> str:
    owner.execute("update work.unit set unmet = 1 where unit_id = (select min(unit_id) from work.unit)")
    return "1 units that do not wait for as many others"


def attempt_at_nothing(owner: Connection[Any], store: Path) -> str:
    owner.execute(
        """insert into work.execution (unit_id, attempt, token, worker_id, started_at, outcome)
           values (0, 1, 1, 0, now(), 'ok')"""
    )
    return "1 executions whose unit or worker does not exist"


FAULTS: dict[str, Break] = {
    "bytes": change_a_byte,
    "bytes of a cut file": cut_a_file,
    "bytes of a lost file": remove_a_file,
    "orphans": leave_an_orphan,
    "datasets have a file": forget_an_artifact,
    "catalogs are loaded": lose_a_partition,
    "retirements are finished": leave_a_retirement,
    "partitions belong to loads": leave_a_table,
    "rows of the catalogs": delete_a_row,
    "the queue agrees with the units": end_a_unit_by_hand,
    "the queue agrees with the units of a batch": lease_a_unit_twice,
    "units wait for what has not ended": let_a_unit_wait_for_nothing,
    "attempts are of units and workers": attempt_at_nothing,
}


def test_a_sound_ledger_passes(store: Path) -> None:
    code, found = findings("--deep")
    assert [name for name, (ok, _) in found.items() if not ok] == []
    assert code == 0
    assert found["bytes"] == (True, "5 files are what was registered")
    assert found["rows of the catalogs"] == (True, "1 loads hold what was verified")


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_and_named(fault: str, store: Path, owner: Connection[Any]) -> None:
    said = FAULTS[fault](owner, store)
    code, found = findings("--deep")
    assert code == 1
    ok, finding = found[fault.partition(" of a ")[0]]
    assert not ok
    assert said in finding


def test_without_deep_no_file_is_read(store: Path, owner: Connection[Any]) -> None:
    change_a_byte(owner, store)
    assert findings()[0] == 0


def test_a_folder_that_a_worker_removes_meanwhile_is_no_orphan(store: Path) -> None:
    (store / "staging" / "17").symlink_to("gone")  # its name is listed, and then it is not there
    assert findings("--deep")[1]["orphans"] == (True, "none")
