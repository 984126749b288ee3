"""Hosts that share a database and a store, and nothing else, do one run together."""

import time
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from pipeline.planner.submit import submit
from schema.settings import Settings
from tests.support.hosts import NOT_ALLOWED, command_elsewhere
from tests.support.portrait import ailments, portrait
from tests.support.processes import ended, start
from tests.support.runs import finish, plan_toys, states

pytestmark = pytest.mark.database
HOSTS = ("north", "south")
WORK_OF = """
select w.host, count(*) from work.execution e join work.worker w using (worker_id)
where e.outcome = 'ok' group by 1"""


@pytest.fixture(scope="module")
def alone() -> dict[str, Any]:
    """Hold what one host makes."""
    return {}


@pytest.mark.parametrize("hosts", [(), HOSTS])
def test_two_hosts_with_two_mounts_of_the_store_make_what_one_makes(
    hosts: tuple[str, ...], owner: Connection[Any], toys: Settings, tmp_path: Path, alone: dict[str, Any]
) -> None:
    run_id = submit(owner, plan_toys(owner), "run")
    if hosts:
        together(owner, run_id, toys.store_root, tmp_path)
    else:
        finish(owner, run_id)
    assert states(owner, run_id) == {"done": 8}
    found = portrait(owner, toys.store_root)
    assert found == alone.setdefault("all", found)
    assert ailments(toys) == []


def together(owner: Connection[Any], run_id: int, store: Path, folder: Path) -> None:
    """Let both hosts work; who has the first unit is held up until the other has done what can be done without it."""
    hold = folder / "hold"
    hold.touch()
    parents = []
    for name in HOSTS:
        mount, home = str(folder / f"mount_{name}"), str(folder / f"home_{name}")
        words = (name, store, Path(mount), "work", "--workers", "1")
        parents.append(start(command_elsewhere, *words, TOY_HOLD=str(hold), SKYLEDGER_STORE=mount, SKYLEDGER_HOME=home))
    while states(owner, run_id).get("done") != 6:
        time.sleep(0.05)
        if any(parent.exitcode == NOT_ALLOWED for parent in parents):
            pytest.skip("this machine allows no namespaces")
    hold.unlink()
    while states(owner, run_id) != {"done": 8}:
        time.sleep(0.05)
    for parent in parents:
        parent.terminate()
    assert [ended(parent) for parent in parents] == [0, 0]
    assert dict(owner.execute(WORK_OF).fetchall()).keys() == set(HOSTS)
