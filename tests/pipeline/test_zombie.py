"""Workers that come back when somebody else has done their unit: refused, and nothing of theirs is left."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from pipeline.planner.submit import submit
from schema.settings import Settings
from tests.support.portrait import ailments, portrait
from tests.support.processes import ended, start, work
from tests.support.queue import enlist, silence
from tests.support.runs import finish, plan_toys, states

pytestmark = pytest.mark.database


def outlive(
    owner: Connection[Any], run_id: int, point: str, folder: Path, meanwhile: Callable[[int], object]
) -> list[str]:
    """Let a worker stand still at a point, go on after something else, and end; give what it says."""
    ticket, log, zombie = folder / "ticket", folder / "log", enlist(owner)
    ticket.touch()
    process = start(work, zombie, log=log, SKYLEDGER_DIE_AT=f"{point}:{ticket}:SIGSTOP")
    pid = int(str(process.pid))
    while not Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].startswith(" T"):
        time.sleep(0.02)
    meanwhile(zombie)
    os.kill(pid, signal.SIGCONT)
    while "dropped" not in log.read_text():
        time.sleep(0.02)
    process.terminate()
    assert ended(process) == 0
    return log.read_text().splitlines()


@pytest.mark.parametrize("point", ["after_claim", "in_unit", "after_write"])
def test_a_zombie_is_refused_and_nothing_of_it_is_left(
    point: str, owner: Connection[Any], toys: Settings, tmp_path: Path
) -> None:
    run_id = submit(owner, plan_toys(owner, tasks=["toy_count"], unlike=True), "run")
    seen: list[Any] = []

    def others_do_it(zombie: int) -> None:
        silence(owner, zombie)
        finish(owner, run_id)
        seen.append(portrait(owner, toys.store_root))

    (said,) = outlive(owner, run_id, point, tmp_path, others_do_it)
    assert "taken over by another worker; its result is dropped" in said
    assert states(owner, run_id) == {"done": 4}
    after = portrait(owner, toys.store_root)
    assert [after] == seen
    assert after["files"] == sorted(path for _, path, *_ in after["artifacts"])
    assert after["nondeterminism"] == []
    assert ailments(toys) == []


def test_the_result_of_a_cancelled_unit_leaves_nothing(owner: Connection[Any], toys: Settings, tmp_path: Path) -> None:
    run_id = submit(owner, plan_toys(owner, tasks=["toy_count"]), "run")
    before = portrait(owner, toys.store_root)
    outlive(owner, run_id, "after_write", tmp_path, lambda _: owner.execute("select work.cancel(%s)", [run_id]))
    assert states(owner, run_id) == {"cancelled": 4}
    after = portrait(owner, toys.store_root)
    assert {name for name in after if after[name] != before[name]} == {"units", "queue"}
    assert ailments(toys) == []
