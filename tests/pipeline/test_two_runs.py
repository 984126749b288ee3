"""Four worker processes, two runs, and an error at every second turn: nobody waits in a circle."""

import time
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from pipeline.planner.submit import submit
from schema.settings import Settings
from tests.support.ledgers import register_toy_camera
from tests.support.portrait import ailments
from tests.support.processes import ended, start, work
from tests.support.queue import enlist, wake
from tests.support.runs import plan_toys, states

pytestmark = pytest.mark.database
DETECTORS = 24


def test_no_deadlock_reaches_the_user(owner: Connection[Any], toys: Settings, tmp_path: Path) -> None:
    register_toy_camera(owner, toys, DETECTORS, tmp_path / "more")
    runs = []
    for name in ("one", "two"):
        tickets = tmp_path / name
        tickets.mkdir()
        for detector in range(DETECTORS):
            (tickets / str(detector)).touch()
        runs.append(submit(owner, plan_toys(owner, tickets=str(tickets)), name))
    log = tmp_path / "log"
    workers = [start(work, enlist(owner), log=log) for _ in range(4)]
    while any(states(owner, run_id).keys() - {"done", "reused"} for run_id in runs):
        wake(owner)
        time.sleep(0.05)
    for worker in workers:
        worker.terminate()
    assert [ended(worker) for worker in workers] == [0] * 4
    errors = owner.execute(
        "select error_class, count(*) from work.execution where outcome not in ('ok', 'reused') group by 1"
    )
    assert errors.fetchall() == [("Retriable", 2 * DETECTORS)]
    assert log.read_text() == ""
    assert ailments(toys) == []
