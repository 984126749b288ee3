"""Workers, pools and planners killed at the worst moments: ledger and store end as if nobody had been."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from pipeline.planner.submit import submit
from schema.connect import connect
from schema.settings import Settings
from tests.support.portrait import ailments, portrait
from tests.support.processes import command, ended, killed_at, start, work
from tests.support.queue import enlist, silence, wake
from tests.support.runs import finish, plan_loads, plan_toys, run_toys, states

pytestmark = pytest.mark.database
POINTS = (
    "after_claim",
    "in_unit",
    "after_write",
    "after_link",
    "after_move",
    "after_settle",
    "in_transaction",
    "after_commit",
)
LOAD_POINTS = ("after_open", "in_stage", "after_stage", "after_verify", "in_publish", "after_publish")
HELD_UP = """
select pid from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock' and query like '%registry.register%'"""
TOYS = "{name: toys, description: Toys., tasks: {toy_count: {}, toy_double: {}}}"


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, Any]:
    """Hold what a run leaves when nobody is killed."""
    return {}


@pytest.mark.parametrize("point", [None, *POINTS])
def test_a_killed_worker_changes_nothing(
    point: str | None, owner: Connection[Any], toys: Settings, tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    run_id = submit(owner, plan_toys(owner), "run")
    if point is not None:
        mortal = enlist(owner)
        assert killed_at(point, tmp_path / "ticket", work, mortal)
        silence(owner, mortal)
    finish(owner, run_id)
    assert states(owner, run_id) == {"done": 8}
    found = portrait(owner, toys.store_root)
    assert found == undisturbed.setdefault("toys", found)
    assert ailments(toys) == []


@pytest.mark.parametrize("points", [(), LOAD_POINTS])
def test_a_worker_killed_at_every_step_of_a_load_changes_nothing(
    points: tuple[str, ...], owner: Connection[Any], toys: Settings, tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    run_id = submit(owner, plan_loads(owner), "run")
    owner.execute("update work.unit set max_attempts = 20")
    for point in points:
        mortal = enlist(owner)
        wake(owner)
        assert killed_at(point, tmp_path / "ticket", work, mortal), point
        silence(owner, mortal)
        owner.execute("select work.reap()")
    finish(owner, run_id)
    assert states(owner, run_id) == {"done": 5}
    found = portrait(owner, toys.store_root)
    assert found["partitions"] == [(1, 1)]
    assert found == undisturbed.setdefault("loads", found)
    assert ailments(toys) == []


def test_a_worker_killed_while_it_records_a_failure_changes_nothing(
    owner: Connection[Any], toys: Settings, tmp_path: Path
) -> None:
    run_id = submit(owner, plan_toys(owner, bad=2), "run")
    mortal = enlist(owner)
    assert killed_at("before_failure", tmp_path / "ticket", work, mortal)
    silence(owner, mortal)
    finish(owner, run_id)
    assert states(owner, run_id) == {"done": 6, "dead": 1, "blocked": 1}
    assert ailments(toys) == []


def test_a_pool_replaces_a_killed_worker(
    owner: Connection[Any], toys: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undisturbed: dict[str, Any]
) -> None:
    ticket = tmp_path / "ticket"
    ticket.touch()
    monkeypatch.setenv("SKYLEDGER_DIE_AT", f"after_write:{ticket}")
    assert run_toys(owner, "run", workers=1) == {"done": 8}
    assert not ticket.exists()
    lost = owner.execute("select count(*), count(*) filter (where stopped_at is null) from work.worker").fetchone()
    assert lost == (2, 0)
    found = portrait(owner, toys.store_root)
    assert found == undisturbed.setdefault("toys", found)
    assert ailments(toys) == []


def test_workers_end_with_a_killed_parent_and_others_do_their_units(
    owner: Connection[Any], toys: Settings, undisturbed: dict[str, Any]
) -> None:
    run_id = submit(owner, plan_toys(owner), "run")
    with connect("owner", toys) as other, other.transaction():
        other.execute("lock table registry.artifact in share mode")
        parent = start(command, "work", "--workers", "2")
        wait_for(owner, HELD_UP, 2)  # both stand in the middle of their transaction
        pids = wait_for(owner, "select pid from work.worker", 2)
        os.kill(int(str(parent.pid)), signal.SIGKILL)
        assert ended(parent) == -signal.SIGKILL
        while any(lives(pid) for pid in pids):
            time.sleep(0.02)
    owner.execute("update work.worker set last_seen = now() - interval '1 hour'")
    finish(owner, run_id)
    assert states(owner, run_id) == {"done": 8}
    found = portrait(owner, toys.store_root)
    assert found == undisturbed.setdefault("toys", found)
    assert ailments(toys) == []


def test_a_planner_killed_in_its_transaction_leaves_nothing_and_is_repeated(
    owner: Connection[Any], toys: Settings, tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    pipeline = tmp_path / "toys.yaml"
    pipeline.write_text(TOYS)
    before = portrait(owner, toys.store_root)
    words = ("run", pipeline, "--run", "run", "--workers", "1")
    assert killed_at("in_submit", tmp_path / "ticket", command, *words)
    assert portrait(owner, toys.store_root) == before
    assert ended(start(command, *words)) == 0
    found = portrait(owner, toys.store_root)
    assert found == undisturbed.setdefault("toys", found)
    assert ailments(toys) == []


def wait_for(owner: Connection[Any], question: str, n: int) -> list[Any]:
    """Wait until a question has n answers; give them."""
    while True:
        rows = [row[0] for row in owner.execute(question.encode())]
        if len(rows) >= n:
            return rows
        time.sleep(0.02)


def lives(pid: int) -> bool:
    """Tell whether a process is there, and no zombie that nobody has asked after."""
    return os.path.islink(f"/proc/{pid}/cwd")
