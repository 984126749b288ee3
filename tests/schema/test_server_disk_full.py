"""A disk that has no room for the log of the server: one sentence, and what was committed is there afterwards."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from schema import server
from schema.connect import DATABASE
from schema.migrate import initialise
from schema.settings import Settings
from tests.support.processes import command, ended, start
from tests.support.small_disk import fill, mount

# Only into the log, beside a row that fits into a page that is there.
WRITE = """
with noted as (insert into public.note values (%s) returning number)
select pg_logical_emit_message(true, 'fills', repeat('x', 4000000)) from noted"""


@pytest.fixture
def small_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a folder on a disk of its own with a ledger, whose server waits for the disk as that of users does."""
    home = tmp_path / "home"
    home.mkdir()
    mount(home, 160 << 20)
    for name in ("SKYLEDGER_DATABASE_URL", "SKYLEDGER_SERVER_FAST", "SKYLEDGER_STORE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SKYLEDGER_HOME", str(home))
    monkeypatch.setenv("SKYLEDGER_IDLE_STOP", "120")
    try:
        initialise(Settings(database_url=None, home=home, store=None, reader_url=None, worker_url=None))
        yield home
    finally:
        server.stop(home)
        subprocess.run(["umount", home], check=True)


def write_until_full(home: Path) -> list[int]:
    """Commit note after note until the server cannot; give those that it has said are committed."""
    committed = list[int]()
    with psycopg.connect(server.dsn(home, DATABASE), autocommit=True) as connection:
        connection.execute("create table public.note (number int primary key)")
        connection.execute(WRITE, [-1])  # now both have a page
        fill(home)
        # It panics: whether the client is told or only loses its connection is a matter of moments.
        with suppress(psycopg.errors.DiskFull, psycopg.OperationalError):
            while True:
                connection.execute(WRITE, [len(committed)])
                committed.append(len(committed))
    return committed


def test_a_server_without_room_for_its_log_says_so_and_has_lost_nothing_when_there_is_some(
    small_home: Path, tmp_path: Path
) -> None:
    committed = write_until_full(small_home)
    assert "pg_wal" in (small_home / "server.log").read_text()
    for _ in range(2):  # asking again changes nothing
        log = tmp_path / "log"
        log.unlink(missing_ok=True)
        assert ended(start(command, "status", log=log)) == 1
        full = rf"skyledger: the disk of {re.escape(str(small_home))} is full \(0 MB free\): make room, or .*\n"
        assert re.fullmatch(full, log.read_text()), log.read_text()
    (small_home / "filler").unlink()
    assert ended(start(command, "status", log=tmp_path / "log")) == 0
    with psycopg.connect(server.dsn(small_home, DATABASE)) as connection:
        found = {number for (number,) in connection.execute("select number from public.note")}
    # What it was at when it fell may be there or not; what it had said was committed is.
    assert {-1, *committed} <= found <= {-1, *committed, len(committed)}
