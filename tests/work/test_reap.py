"""Reaping: leases of dead workers come back, and one poison unit kills nobody else."""

from typing import Any

import pytest
from psycopg import Connection

from tests.support.queue import (
    add_units,
    call,
    claim,
    column,
    count,
    enlist,
    faults,
    give_back,
    settle,
    silence,
    states,
    wake,
)

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]


def test_a_living_worker_keeps_its_leases(scratch: Connection[Any]) -> None:
    add_units(scratch, 2)
    claim(scratch, enlist(scratch))
    assert call(scratch, "reap") == 0
    assert count(scratch, "work.lease") == 2


@pytest.mark.parametrize("how", ["silent", "stopped", "late"])
def test_a_worker_that_is_gone_or_late_loses_its_leases(scratch: Connection[Any], how: str) -> None:
    units = add_units(scratch, 2)
    worker, other = enlist(scratch), enlist(scratch)
    claim(scratch, worker, 1, ttl="-1 s" if how == "late" else "1 minute")
    claim(scratch, other, 1)
    if how == "silent":
        silence(scratch, worker)
    if how == "stopped":
        scratch.execute("update work.worker set stopped_at = now() where worker_id = %s", [worker])
    assert call(scratch, "reap") == 1
    assert states(scratch, units) == ["ready", "leased"]
    rows = scratch.execute("select unit_id, worker_id, attempt, outcome, error_class from work.execution").fetchall()
    assert rows == [(units[0], worker, 1, "lost", "LeaseLost")]
    assert faults(scratch) == []


def test_how_long_a_worker_may_be_silent_is_an_argument(scratch: Connection[Any]) -> None:
    add_units(scratch, 1)
    worker = enlist(scratch)
    claim(scratch, worker)
    silence(scratch, worker)
    assert call(scratch, "reap", "2 hours") == 0
    assert call(scratch, "reap", "30 minutes") == 1


def test_a_batch_that_was_lost_costs_no_attempt_and_comes_back_one_by_one(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 50)
    worker = enlist(scratch)
    claim(scratch, worker, 50)
    silence(scratch, worker)
    assert call(scratch, "reap") == 50
    assert set(column(scratch, "attempt", units)) == {0}
    assert set(column(scratch, "solo", units)) == {True}
    assert scratch.execute("select distinct attempt, outcome from work.execution").fetchall() == [(1, "lost")]
    wake(scratch)
    next_worker = enlist(scratch)
    assert [list(claim(scratch, next_worker, 50)) for _ in range(3)] == [[unit] for unit in units[:3]]


def test_one_poison_unit_dies_alone_after_its_attempts(scratch: Connection[Any]) -> None:
    *units, waits = add_units(scratch, 51, hard=[(17, 50)], max_attempts=3)
    poison = units[17]
    deaths = 0
    worker = enlist(scratch)
    while leases := claim(scratch, worker, 50):
        if poison in leases:
            deaths += 1
            silence(scratch, worker)
            call(scratch, "reap")
            wake(scratch)
            worker = enlist(scratch)
        else:
            settle(scratch, leases)
    assert states(scratch, [poison]) == ["dead"]
    assert states(scratch, [unit for unit in units if unit != poison]) == ["done"] * 49
    assert deaths == 4  # once with its batch, which counts for nothing, and three times alone
    assert column(scratch, "attempt", [poison]) == [3]
    assert scratch.execute("select unit_id, ok from work.settled").fetchall() == [(poison, False)]
    assert states(scratch, [waits]) == ["waiting"]
    assert faults(scratch) == []


def test_a_unit_that_was_claimed_alone_pays_and_pauses(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 1)
    worker = enlist(scratch)
    claim(scratch, worker)
    silence(scratch, worker)
    call(scratch, "reap")
    assert column(scratch, "attempt", units) == [1]
    assert claim(scratch, enlist(scratch)) == {}  # it pauses, as after an error
    wake(scratch)
    assert len(claim(scratch, enlist(scratch))) == 1


def test_a_unit_that_failed_very_often_can_still_be_taken_back(scratch: Connection[Any]) -> None:
    (unit,) = add_units(scratch, 1, max_attempts=100)
    scratch.execute("update work.unit set attempt = 60")
    worker = enlist(scratch)
    claim(scratch, worker)
    silence(scratch, worker)
    assert call(scratch, "reap") == 1
    assert states(scratch, [unit]) == ["ready"]


def test_what_a_stopped_worker_gave_back_is_not_reaped(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 4)
    worker = enlist(scratch)
    leases = claim(scratch, worker)
    begun = {units[0]: leases[units[0]]}
    give_back(scratch, {unit: leases[unit] for unit in units[1:]})
    scratch.execute("update work.worker set stopped_at = now()")
    assert call(scratch, "reap") == 1
    assert column(scratch, "solo", units) == [True, False, False, False]
    assert begun.keys() == {units[0]}


def test_more_leases_than_one_sweep_takes_come_back_in_several(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 1100)
    worker = enlist(scratch)
    for _ in range(110):
        claim(scratch, worker, 10)
    silence(scratch, worker)
    assert [call(scratch, "reap") for _ in range(3)] == [1000, 100, 0]
    assert set(states(scratch, units)) == {"ready"}
