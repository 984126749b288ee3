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


def test_a_living_worker_keeps_its_leases(owner: Connection[Any]) -> None:
    add_units(owner, 2)
    claim(owner, enlist(owner))
    assert call(owner, "reap") == 0
    assert count(owner, "work.lease") == 2


@pytest.mark.parametrize("how", ["silent", "stopped", "late"])
def test_a_worker_that_is_gone_or_late_loses_its_leases(owner: Connection[Any], how: str) -> None:
    units = add_units(owner, 2)
    worker, other = enlist(owner), enlist(owner)
    claim(owner, worker, 1, ttl="-1 s" if how == "late" else "1 minute")
    claim(owner, other, 1)
    if how == "silent":
        silence(owner, worker)
    if how == "stopped":
        owner.execute("update work.worker set stopped_at = now() where worker_id = %s", [worker])
    assert call(owner, "reap") == 1
    assert states(owner, units) == ["ready", "leased"]
    rows = owner.execute("select unit_id, worker_id, attempt, outcome, error_class from work.execution").fetchall()
    assert rows == [(units[0], worker, 1, "lost", "LeaseLost")]
    assert faults(owner) == []


def test_how_long_a_worker_may_be_silent_is_an_argument(owner: Connection[Any]) -> None:
    add_units(owner, 1)
    worker = enlist(owner)
    claim(owner, worker)
    silence(owner, worker)
    assert call(owner, "reap", "2 hours") == 0
    assert call(owner, "reap", "30 minutes") == 1


def test_a_batch_that_was_lost_costs_no_attempt_and_comes_back_one_by_one(owner: Connection[Any]) -> None:
    units = add_units(owner, 50)
    worker = enlist(owner)
    claim(owner, worker, 50)
    silence(owner, worker)
    assert call(owner, "reap") == 50
    assert set(column(owner, "attempt", units)) == {0}
    assert set(column(owner, "solo", units)) == {True}
    assert owner.execute("select distinct attempt, outcome from work.execution").fetchall() == [(1, "lost")]
    next_worker = enlist(owner)
    assert [list(claim(owner, next_worker, 50)) for _ in range(3)] == [[unit] for unit in units[:3]]


def test_one_poison_unit_dies_alone_after_its_attempts(owner: Connection[Any]) -> None:
    units = add_units(owner, 50, max_attempts=3)
    poison = units[17]
    deaths = 0
    worker = enlist(owner)
    while leases := claim(owner, worker, 50):
        if poison in leases:
            deaths += 1
            silence(owner, worker)
            call(owner, "reap")
            wake(owner)
            worker = enlist(owner)
        else:
            settle(owner, leases)
    assert states(owner, [poison]) == ["dead"]
    assert states(owner, [unit for unit in units if unit != poison]) == ["done"] * 49
    assert deaths == 4  # once with its batch, which counts for nothing, and three times alone
    assert column(owner, "attempt", [poison]) == [3]
    assert owner.execute("select count(*) from work.settled where not ok").fetchone() == (1,)
    assert faults(owner) == []


def test_a_unit_that_was_claimed_alone_pays_and_pauses(owner: Connection[Any]) -> None:
    units = add_units(owner, 1)
    worker = enlist(owner)
    claim(owner, worker)
    silence(owner, worker)
    call(owner, "reap")
    assert column(owner, "attempt", units) == [1]
    assert claim(owner, enlist(owner)) == {}  # it pauses, as after an error
    wake(owner)
    assert len(claim(owner, enlist(owner))) == 1


def test_a_unit_that_failed_very_often_can_still_be_taken_back(owner: Connection[Any]) -> None:
    (unit,) = add_units(owner, 1, max_attempts=100)
    owner.execute("update work.unit set attempt = 60")
    worker = enlist(owner)
    claim(owner, worker)
    silence(owner, worker)
    assert call(owner, "reap") == 1
    assert states(owner, [unit]) == ["ready"]


def test_what_a_stopped_worker_gave_back_is_not_reaped(owner: Connection[Any]) -> None:
    units = add_units(owner, 4)
    worker = enlist(owner)
    leases = claim(owner, worker)
    begun = {units[0]: leases[units[0]]}
    give_back(owner, {unit: leases[unit] for unit in units[1:]})
    owner.execute("update work.worker set stopped_at = now()")
    assert call(owner, "reap") == 1
    assert column(owner, "solo", units) == [True, False, False, False]
    assert begun.keys() == {units[0]}


def test_more_leases_than_one_sweep_takes_come_back_in_several(owner: Connection[Any]) -> None:
    units = add_units(owner, 1100)
    worker = enlist(owner)
    claim(owner, worker, 1100)
    silence(owner, worker)
    assert [call(owner, "reap") for _ in range(3)] == [1000, 100, 0]
    assert set(states(owner, units)) == {"ready"}
