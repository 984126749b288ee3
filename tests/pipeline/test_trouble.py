"""A lost server, a worker that is asked to stop, other code: nothing is lost."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from pipeline.planner.submit import submit
from pipeline.tasks import tasks
from pipeline.worker import OTHER_CODE, Worker
from schema import server
from schema.connect import connect, reconnect
from schema.migrate import initialise
from schema.settings import Settings, settings
from tests.support.ledgers import register_toy_camera
from tests.support.queue import add_units, claim, enlist
from tests.support.runs import contents, ended, plan_toys, states, work_off

pytestmark = pytest.mark.database


@pytest.fixture
def mortal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the home of a ledger on an embedded server of its own, which may be killed."""
    home = tmp_path / "mortal"
    monkeypatch.delenv("SKYLEDGER_DATABASE_URL", raising=False)
    monkeypatch.setenv("SKYLEDGER_HOME", str(home))
    monkeypatch.setenv("SKYLEDGER_TASK_MODULES", '["tests.support.toys"]')
    settings.cache_clear()
    tasks.cache_clear()
    initialise(settings())
    yield home
    settings.cache_clear()
    tasks.cache_clear()
    server.stop(home)


@pytest.mark.skipif("SKYLEDGER_TEST_URL" in os.environ, reason="the given server is not ours to kill")
def test_a_run_survives_the_death_of_the_server(mortal: Path, tmp_path: Path) -> None:
    with connect("owner") as owner:
        register_toy_camera(owner, settings(), 4, tmp_path / "in")
        run_id = submit(owner, plan_toys(owner, sleep=0.4), "run")
    told = server.status(mortal)
    assert told is not None
    postmaster = int(str(told["postgres"]))
    killer = threading.Thread(target=_kill_when_working, args=(settings(), run_id, postmaster))
    killer.start()
    work_off(run_id)
    killer.join()
    assert not _lives(postmaster)
    with connect("owner") as after:
        assert states(after, run_id) == {"done": 8}
        assert len(contents(after, "run")) == 8


@pytest.mark.skipif("SKYLEDGER_TEST_URL" in os.environ, reason="the given server is not ours to kill")
def test_no_token_is_given_twice_although_the_server_forgets_a_claim(mortal: Path) -> None:
    administrator = server.dsn(mortal)
    with psycopg.connect(administrator, autocommit=True) as admin:
        admin.execute("alter system set wal_writer_delay = '10s'")  # a claim is not on disk for as long
        admin.execute("select pg_reload_conf()")
        admin.execute("checkpoint")
    told = server.status(mortal)
    assert told is not None
    with connect("owner") as owner:
        worker = enlist(owner)
        add_units(owner, 3)
        with owner.transaction():
            owner.execute("set local synchronous_commit = off")
            forgotten = claim(owner, worker)
        os.kill(int(str(told["postgres"])), signal.SIGKILL)
    with reconnect("owner", 60) as owner:
        assert owner.execute("select count(*) from work.lease").fetchone() == (0,)
        again = claim(owner, worker)
        assert again.keys() == forgotten.keys()
        assert set(again.values()).isdisjoint(forgotten.values())


def _kill_when_working(using: Settings, run_id: int, postmaster: int) -> None:
    """Kill the server in the middle of the first units."""
    with connect("owner", using) as watcher:
        while states(watcher, run_id).get("leased", 0) < 2:
            time.sleep(0.02)
    os.kill(postmaster, signal.SIGKILL)


def _lives(pid: int) -> bool:
    return Path(f"/proc/{pid}/cwd").exists() and os.path.islink(f"/proc/{pid}/cwd")


def test_sigterm_finishes_the_unit_and_gives_back_the_rest(owner: Connection[Any], toys: Settings) -> None:
    run_id = submit(owner, plan_toys(owner, sleep=0.5), "run")
    command = ["skyledger", "work", "--workers", "1"]
    with subprocess.Popen([str(Path(sys.executable).parent / command[0]), *command[1:]]) as parent:
        while states(owner, run_id).get("leased", 0) < 1:
            time.sleep(0.05)
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(20) == 0
    assert owner.execute("select count(*) from work.lease").fetchone() == (0,)
    assert states(owner, run_id).keys() <= {"done", "ready", "waiting"}
    assert owner.execute("select count(*) from public.execution where outcome <> 'ok'").fetchone() == (0,)


def test_a_connection_that_breaks_after_the_claim_leaves_nothing_leased(
    owner: Connection[Any], toys: Settings, administrator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = submit(owner, plan_toys(owner, tasks=["toy_count"]), "run")
    worker = Worker(enlist(owner))
    broken = [True]

    def breaks_once(self: Worker, units: Any) -> dict[bytes, int]:
        if broken.pop() if broken else False:
            with psycopg.connect(administrator, autocommit=True) as admin:
                admin.execute("select pg_terminate_backend(%s)", [self.connection.info.backend_pid])
            self.connection.execute("select 1")
        return {}

    def resolve_until_ended(self: Worker) -> int:
        if ended(owner, run_id):
            self.stop()
        return resolve(self)

    resolve = Worker._resolve
    monkeypatch.setattr(Worker, "_known_actions", breaks_once)
    monkeypatch.setattr(Worker, "_resolve", resolve_until_ended)
    worker.work()
    worker.connection.close()
    assert states(owner, run_id) == {"done": 4}
    assert owner.execute("select count(*), sum(attempt) from public.execution").fetchone() == (4, 4)


def test_a_worker_with_other_code_gives_back_and_ends(
    owner: Connection[Any], toys: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = submit(owner, plan_toys(owner, tasks=["toy_count"]), "run")
    monkeypatch.setattr("pipeline.worker.code_digest", lambda _: bytes(32))
    worker = Worker(enlist(owner))
    monkeypatch.setattr("pipeline.worker.time.sleep", lambda _: None)
    worker.work()
    worker.connection.close()
    assert worker.exit_status == OTHER_CODE
    assert states(owner, run_id) == {"ready": 4}
    assert owner.execute("select sum(attempt) from work.unit").fetchone() == (0,)
