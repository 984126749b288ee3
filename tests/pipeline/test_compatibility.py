"""Compatibility classes: what other environments would give otherwise is never taken for ours."""

from typing import Any

import pytest
from psycopg import Connection

from pipeline.planner.submit import submit
from pipeline.worker import OTHER_CODE, Worker
from schema.ledger.software import register_software
from schema.settings import Settings, settings
from tests.support.queue import enlist
from tests.support.runs import finish, plan_toys, states

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
    monkeypatch.setattr("time.sleep", lambda _: None)
    worker = Worker(enlist(owner))
    worker.step()
    worker.connection.close()
    assert (worker.stopping, worker.exit_status) == (True, OTHER_CODE)
    assert "planned for environments of the class cpu-1, and this worker is of gpu-1" in caplog.text
    assert states(owner, run) == {"ready": 4, "waiting": 4}
    assert owner.execute("select count(*) from work.lease").fetchone() == (0,)


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
