"""Commits that do not end: the parent kills whoever hangs, nobody else hangs with it, and nothing is lost."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from pipeline import excess
from pipeline.planner.submit import submit
from pipeline.pool import Pool
from schema.connect import connect
from schema.settings import Settings
from tests.support.portrait import ailments
from tests.support.queue import wake
from tests.support.runs import contents, ended, plan_toys, states

pytestmark = pytest.mark.database
KILLED = "was killed because its commit had not ended after"


@contextmanager
def locked(ledger: Settings, table: str) -> Iterator[None]:
    """Keep others from writing to a table."""
    with connect("owner", ledger) as holder, holder.transaction():
        holder.execute(f"lock table {table} in share mode".encode())
        yield


def pull(pool: Pool, owner: Connection[Any], run_id: int, said: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    """Let a pool work until the run has ended, or somebody was killed."""

    def over(_: Connection[Any]) -> bool:
        wake(owner)
        said.append(capfd.readouterr().err)
        return ended(owner, run_id) or KILLED in said[-1]

    pool.watch(over, pause=0.05)


@pytest.mark.parametrize("how", ["a lock that another session holds", "a process that stands still"])
def test_who_hangs_in_its_commit_is_killed_and_its_units_come_back(
    how: str,
    owner: Connection[Any],
    toys: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(excess, "SETTLING", 2.0)
    run_id = submit(owner, plan_toys(owner), "run")
    said: list[str] = []
    if how.startswith("a process"):
        (tmp_path / "ticket").touch()
        monkeypatch.setenv("SKYLEDGER_DIE_AT", f"in_transaction:{tmp_path / 'ticket'}:SIGSTOP")
        with Pool(1) as pool:
            pull(pool, owner, run_id, said, capfd)
            pull(pool, owner, run_id, said, capfd)
    else:
        with Pool(1) as pool:
            with locked(toys, "registry.artifact"):
                pull(pool, owner, run_id, said, capfd)
                assert states(owner, run_id).get("done") is None
                beats = "select last_seen from work.worker order by worker_id desc limit 1"
                before = owner.execute(beats).fetchone()
                pool.heard = time.monotonic() - 100
                pool._heartbeat()  # whose commit hangs holds no heartbeat up
                assert owner.execute(beats).fetchone() != before
            while not ended(owner, run_id):
                pull(pool, owner, run_id, said, capfd)
    assert "".join(said).count(KILLED) >= 1
    assert states(owner, run_id) == {"done": 8}
    assert len(contents(owner, "run")) == 8
    assert ailments(toys) == []
