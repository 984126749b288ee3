"""Compatibility classes: what other environments would give otherwise is never taken for ours."""

from typing import Any

import pytest
from psycopg import Connection

from pipeline.planner.submit import submit
from pipeline.worker import Worker
from schema.ledger.software import register_software
from schema.settings import Settings, settings
from tests.support.queue import enlist
from tests.support.runs import ended, finish, plan_loads, plan_toys, states

pytestmark = pytest.mark.database


def test_another_class_of_environments_shares_nothing(
    toys: Settings, owner: Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    finish(owner, submit(owner, plan_toys(owner), "first"))
    monkeypatch.setenv("SKYLEDGER_COMPATIBILITY_CLASS", "other-1")
    settings.cache_clear()
    other = submit(owner, plan_toys(owner), "other")
    finish(owner, other)
    assert states(owner, other) == {"done": 8}  # not even by equal content
    assert plan_toys(owner).to_run == []
    found = owner.execute("select compatibility_class from registry.run where run_id = %s", [other]).fetchone()
    assert found == ("other-1",)
    monkeypatch.delenv("SKYLEDGER_COMPATIBILITY_CLASS")
    settings.cache_clear()
    assert plan_toys(owner).to_run == []


def test_a_worker_of_another_class_leaves_what_was_planned_for_ours(
    toys: Settings, owner: Connection[Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What it computed would stand in the ledger as ours."""
    run = submit(owner, plan_toys(owner), "first")
    monkeypatch.setenv("SKYLEDGER_COMPATIBILITY_CLASS", "gpu-1")
    settings.cache_clear()
    other = submit(owner, plan_toys(owner), "other")
    worker = Worker(enlist(owner))
    while not ended(owner, other):  # what is not for it holds up nothing behind it
        worker.step()
    worker.connection.close()
    assert not worker.stopping
    assert caplog.text.count("planned for environments of the class cpu-1, and this worker is of gpu-1") == 1
    assert (states(owner, run), states(owner, other)) == ({"ready": 4, "waiting": 4}, {"done": 8})
    assert owner.execute("select count(*) from work.lease").fetchone() == (0,)
    # Nor does this worker look at them at once again.
    assert owner.execute("select count(*), min(not_before) > now() from work.ready").fetchone() == (4, True)


def test_a_load_is_done_by_a_worker_of_any_class(
    toys: Settings, owner: Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = submit(owner, plan_loads(owner), "loads")
    worker = Worker(enlist(owner))
    while states(owner, run).get("done") != 4:
        worker.step()
    worker.connection.close()
    assert states(owner, run) == {"done": 4, "ready": 1}
    monkeypatch.setenv("SKYLEDGER_COMPATIBILITY_CLASS", "gpu-1")
    settings.cache_clear()
    finish(owner, run)
    assert states(owner, run) == {"done": 5}


def test_the_same_packages_in_another_class_are_another_environment(
    owner: Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = register_software(owner)
    assert register_software(owner) == ours
    monkeypatch.setenv("SKYLEDGER_COMPATIBILITY_CLASS", "gpu-1")
    settings.cache_clear()
    assert register_software(owner) != ours
    found = owner.execute("select compatibility_class from registry.software order by software_id").fetchall()
    assert found == [("cpu-1",), ("gpu-1",)]
