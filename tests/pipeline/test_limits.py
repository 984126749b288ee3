"""Workers that take more than their units may, or never end: killed by their parent, and nobody else pays."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from pipeline.planner.submit import submit
from pipeline.pool import Pool
from pipeline.tasks import tasks
from schema.settings import Settings, settings
from tests.support.ledgers import register_toy_camera
from tests.support.queue import silence, wake
from tests.support.runs import contents, ended, plan_toys, states

pytestmark = pytest.mark.database
N = 12


@pytest.fixture
def greedy(
    ledger: Settings, owner: Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., int]:
    """Give a function that submits greedy units; an idle worker takes 140 MiB, and the classes are small."""
    monkeypatch.setenv("SKYLEDGER_TASK_MODULES", '["tests.support.greedy"]')
    settings.cache_clear()
    tasks.cache_clear()
    register_toy_camera(owner, ledger, N, tmp_path / "in")
    owner.execute("delete from work.queue where name = 'huge'")
    owner.execute("update work.queue set memory_mb = 300 * (queue + 1)")

    def submitted(**config: Any) -> int:
        return submit(owner, plan_toys(owner, ["toy_greedy"], **config), "run")

    return submitted


def work_off(owner: Connection[Any], run_id: int) -> list[int]:
    """Let one worker pull until the run has ended, without pauses between attempts; give its workers."""
    with Pool(1, memory_mb=600) as pool:

        def over(_: Connection[Any]) -> bool:
            wake(owner)
            return ended(owner, run_id)

        pool.watch(over, pause=0.05)
    return [row[0] for row in owner.execute("select worker_id from work.worker order by 1")]


def attempts(owner: Connection[Any], detector: int) -> list[tuple[Any, ...]]:
    """Give the attempts at the unit of a detector."""
    return owner.execute(
        """select e.outcome, e.error_class, e.error, e.traceback, e.max_rss_mb
           from work.execution e join work.unit u using (unit_id) join registry.quantum q using (quantum_id)
           join registry.coordinate c using (coordinate_id) where c.detector = %s order by e.execution_id""",
        [detector],
    ).fetchall()


def mates(owner: Connection[Any], *detectors: int) -> set[tuple[Any, ...]]:
    """Give how the units of all other detectors ended, and at which attempt."""
    return set(
        owner.execute(
            """select u.state, u.attempt, u.queue, (select count(*) from work.execution e where e.unit_id = u.unit_id)
               from work.unit u join registry.quantum q using (quantum_id)
               join registry.coordinate c using (coordinate_id) where c.detector <> all(%s)""",
            [list(detectors)],
        )
    )


def test_who_exceeds_its_limits_is_killed_and_nobody_else_pays(
    owner: Connection[Any], greedy: Callable[..., int], tmp_path: Path
) -> None:
    run_id = greedy(takes={8: 250, 9: 550}, hangs=(7,), starves=(10,), repents=(8,), notes=str(tmp_path))
    assert owner.execute("select distinct time_limit_s from work.unit").fetchall() == [(1800,)]
    short = """update work.unit u set time_limit_s = 1, max_attempts = 1
               from registry.quantum q join registry.coordinate c using (coordinate_id)
               where q.quantum_id = u.quantum_id and c.detector = 7"""
    assert owner.execute(short).rowcount == 1
    owner.execute(short.replace("time_limit_s = 1, max_attempts = 1", "queue = 1").replace("= 7", "= 9"))
    owner.execute("update work.ready r set queue = u.queue from work.unit u where u.unit_id = r.unit_id")
    assert len(work_off(owner, run_id)) == 4  # one was killed for each of 7, 8 and 9
    assert states(owner, run_id) == {"done": N - 3, "dead": 3}
    assert mates(owner, 7, 8, 9, 10) == {("done", 1, 0, 1)}

    ((outcome, kind, error, *_),) = attempts(owner, 7)
    assert (outcome, kind) == ("error", "OutOfTime")
    assert re.fullmatch(r"it ran for \d+\.\d s, and may run for 1 s", error)

    (first, second) = attempts(owner, 8)
    assert first[:2] == ("error", "OutOfMemory")
    climbs = "it goes on in class large (600 MiB)"
    assert re.fullmatch(r"it took (\d+) MiB of memory, and may take 300 MiB; " + re.escape(climbs), first[2])
    assert "greedy.py" in first[3]
    assert first[4] > 300
    assert second[0] == "ok"

    nowhere = "no class is larger: let the task take less, or add a row to work.queue and retry the unit"
    assert [one[2].partition("; ")[2] for one in attempts(owner, 9)] == [nowhere]
    assert [one[1:3] for one in attempts(owner, 10)] == [
        ("OutOfMemory", f"no room for 9 GiB; {climbs}"),
        ("OutOfMemory", f"no room for 9 GiB; {nowhere}"),
    ]


def test_workers_end_with_their_parent_and_nothing_is_lost(
    owner: Connection[Any], greedy: Callable[..., int], tmp_path: Path
) -> None:
    run_id = greedy(hangs=(5,), repents=(5,), notes=str(tmp_path))
    command = [sys.executable, "-m", "skyledger", "work", "--workers", "1", "--memory", "600"]
    with subprocess.Popen(command) as parent:
        while not (tmp_path / "5").exists():
            assert parent.poll() is None
            time.sleep(0.05)
        (worker, pid) = owner.execute("select worker_id, pid from work.worker").fetchone() or (0, 0)
        parent.send_signal(signal.SIGKILL)
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[-1][:3]:
        time.sleep(0.05)
    assert states(owner, run_id)["leased"] >= 1
    silence(owner, worker)
    work_off(owner, run_id)
    assert states(owner, run_id) == {"done": N}
    assert len(contents(owner, "run")) == N
    assert attempts(owner, 5)[0][:2] == ("lost", "LeaseLost")
