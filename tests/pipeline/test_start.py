"""What starts: only what is needed is imported, and what is imported is what is digested."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from psycopg import Connection

from pipeline.code import FOLLOWED, stamps
from pipeline.planner.submit import submit
from pipeline.tasks import OURS, tasks
from pipeline.worker import OTHER_CODE, Worker
from schema.settings import ROOT, Settings
from tests.support.queue import enlist
from tests.support.runs import plan_loads, states

SLOW = {"astropy", "felis", "numba", "scipy", "sep"}
TELL = "import sys, {}; print(*{{name.partition('.')[0] for name in sys.modules}})"
WRITERS = {"pipeline.provenance_file", "ingest.loads.statistics"}  # tell of files and tables, and change none


def imported(module: str) -> set[str]:
    """Give the packages that a module brings along."""
    command = [sys.executable, "-P", "-c", TELL.format(module)]
    return set(
        subprocess.run(
            command, check=True, capture_output=True, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}
        ).stdout.split()
    )


def reached(start: str, through: tuple[str, ...] = ("pipeline", "ingest")) -> set[str]:
    """Give the modules that a module takes something from, however deep, as long as they are in some packages."""
    packages = tuple(f"{name}." for name in through)
    seen: set[str] = set()
    todo = [start]
    while todo:
        name = todo.pop()
        seen.add(name)
        values = vars(sys.modules[name]).values()
        origins = {one.__name__ if isinstance(one, ModuleType) else getattr(one, "__module__", "") for one in values}
        todo += [one for one in origins - seen if f"{one}.".startswith(packages) and one in sys.modules]
    return seen


def test_a_worker_starts_without_the_libraries_of_tasks_that_it_may_never_get() -> None:
    assert not imported("pipeline.process") & SLOW


def test_the_command_line_starts_without_arrays() -> None:
    assert not imported("skyledger") & (SLOW | {"numpy", "pyarrow", "sqlalchemy", "yaml"})


def test_each_task_of_ours_is_in_the_module_of_its_name() -> None:
    assert {tasks()[name].__module__.rpartition(".")[2] for name in OURS} == set(OURS)


def test_every_file_behind_a_task_is_watched() -> None:
    watched = stamps()
    for task in map(tasks().__getitem__, OURS):
        assert Path(sys.modules[task.__module__].__file__ or "") in watched
    assert {path.suffix for path in watched} == {".py", ".yaml"}


@pytest.mark.parametrize("name", OURS)
def test_what_computes_for_a_task_counts_in_its_digest(name: str) -> None:
    start = tasks()[name].__module__
    behind = {module for module in reached(start) if "np" in vars(sys.modules[module])}
    assert behind - reached(start, FOLLOWED) <= WRITERS


@pytest.mark.database
def test_a_task_is_not_imported_from_files_that_have_changed_since_the_worker_began(
    owner: Connection[Any], toys: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = submit(owner, plan_loads(owner), "run")
    worker = Worker(enlist(owner))
    monkeypatch.setattr("pipeline.worker.time.sleep", lambda _: None)
    monkeypatch.setattr("pipeline.worker.stamps", lambda: {**worker.stamps, Path("new.py"): (1, 1)})
    worker.work()  # the toys' code it has since it began
    worker.connection.close()
    assert worker.exit_status == OTHER_CODE
    assert states(owner, run_id) == {"done": 4, "ready": 1}
