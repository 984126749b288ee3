"""Soft dependencies: a catalog load takes what there is, and runs once more when more comes late."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from psycopg import Connection, errors

from schema.connect import connect
from schema.settings import Settings
from tests.support.queue import (
    Leases,
    add_units,
    call,
    claim,
    column,
    count,
    drain,
    enlist,
    fail,
    faults,
    settle,
    states,
    wait_for_lock,
)

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]


@pytest.fixture
def worker(scratch: Connection[Any]) -> int:
    return enlist(scratch)


def kill(connection: Connection[Any], worker: int, doomed: int) -> None:
    """Let one unit die, and whatever else can be claimed succeed."""
    leases = claim(connection, worker)
    fail(connection, doomed, leases.pop(doomed))
    settle(connection, leases)
    call(connection, "resolve")


def load_of_a_dead_unit(connection: Connection[Any], worker: int, state: str) -> tuple[list[int], Leases]:
    """Let unit 0 die and unit 1 succeed; bring unit 2, which takes both in, to a state."""
    units = add_units(connection, 4, soft=[(0, 2), (1, 2), (3, 2)] if state == "waiting" else [(0, 2), (1, 2)])
    leases = claim(connection, worker)
    fail(connection, units[0], leases[units[0]])
    settle(connection, {units[1]: leases[units[1]]})
    call(connection, "resolve")
    late = claim(connection, worker) if state in ("leased", "done") else {}
    if state == "done":
        settle(connection, late)
        call(connection, "resolve")
    assert states(connection, units) == ["dead", "done", state, "leased"]
    return units, late


def test_a_load_waits_until_all_have_ended_well_or_badly(scratch: Connection[Any], worker: int) -> None:
    units = add_units(scratch, 3, soft=[(0, 2), (1, 2)])
    leases = claim(scratch, worker)
    fail(scratch, units[0], leases[units[0]])
    call(scratch, "resolve")
    assert (states(scratch, units)[2], column(scratch, "unmet", units)[2]) == ("waiting", 1)
    settle(scratch, {units[1]: leases[units[1]]})
    call(scratch, "resolve")
    assert states(scratch, units) == ["dead", "done", "ready"]
    assert faults(scratch) == []


def test_a_load_is_released_by_blocked_units_too(scratch: Connection[Any], worker: int) -> None:
    units = add_units(scratch, 4, hard=[(0, 1), (1, 2)], soft=[(0, 3), (1, 3), (2, 3)])
    kill(scratch, worker, units[0])
    assert states(scratch, units) == ["dead", "blocked", "blocked", "ready"]
    assert faults(scratch) == []


def test_a_load_whose_hard_input_is_dead_is_blocked(scratch: Connection[Any], worker: int) -> None:
    units = add_units(scratch, 3, hard=[(0, 2)], soft=[(1, 2)])
    kill(scratch, worker, units[0])
    assert states(scratch, units) == ["dead", "done", "blocked"]
    assert faults(scratch) == []


@pytest.mark.parametrize("state", ["waiting", "ready", "leased", "done"])
def test_a_retry_puts_the_load_back_whatever_it_is_doing(scratch: Connection[Any], worker: int, state: str) -> None:
    units, late = load_of_a_dead_unit(scratch, worker, state)
    assert call(scratch, "retry", units[:1]) == 1
    assert states(scratch, units[:3]) == ["ready", "done", "waiting"]
    assert faults(scratch) == []
    if state == "leased":  # what it read is not complete any more: its answer is refused
        with pytest.raises(errors.Error, match="stale lease"), scratch.transaction():
            settle(scratch, late)
    settle(scratch, dict([claim(scratch, worker, 1).popitem()]))
    call(scratch, "resolve")
    assert states(scratch, units[:3]) == ["done", "done", "waiting" if state == "waiting" else "ready"]
    assert faults(scratch) == []


def test_a_load_that_read_too_early_runs_once_more_even_if_the_late_one_is_quick(
    scratch: Connection[Any], worker: int
) -> None:
    units, early = load_of_a_dead_unit(scratch, worker, "leased")
    call(scratch, "retry", units[:1])
    settle(scratch, claim(scratch, worker))
    call(scratch, "resolve")  # the late one has ended before the load that did not see it
    with pytest.raises(errors.Error, match="stale lease"), scratch.transaction():
        settle(scratch, early)
    assert list(claim(scratch, worker)) == units[2:3]
    kept = scratch.execute("select outcome, error_class from work.execution where unit_id = %s", [units[2]]).fetchall()
    assert kept == [("lost", "CalledOff")]


def test_a_load_that_is_put_back_has_three_attempts_more(scratch: Connection[Any], worker: int) -> None:
    units, _ = load_of_a_dead_unit(scratch, worker, "done")
    for _ in range(5):
        call(scratch, "retry", units[:1])
        leases = claim(scratch, worker)
        fail(scratch, units[0], leases[units[0]])
        call(scratch, "resolve")
        settle(scratch, claim(scratch, worker))
        call(scratch, "resolve")
    assert column(scratch, "attempt", units[2:3]) == [6]
    call(scratch, "retry", units[:1])
    assert column(scratch, "max_attempts", units[2:3]) == [9]


def test_a_retry_before_the_resolver_has_read_counts_nothing_twice(scratch: Connection[Any], worker: int) -> None:
    units = add_units(scratch, 2, soft=[(0, 1)])
    fail(scratch, *claim(scratch, worker).popitem())
    call(scratch, "retry", units[:1])
    assert column(scratch, "unmet", units) == [0, 1]
    assert faults(scratch) == []
    assert drain(scratch, worker) == units


def test_a_load_that_has_ended_but_was_not_read_is_put_back_once(scratch: Connection[Any], worker: int) -> None:
    units = add_units(scratch, 3, hard=[(1, 2)], soft=[(0, 1)])
    kill(scratch, worker, units[0])
    settle(scratch, claim(scratch, worker))  # nobody has told unit 2
    call(scratch, "retry", units[:1])
    assert count(scratch, "work.settled") == 0
    assert column(scratch, "unmet", units) == [0, 1, 1]
    assert faults(scratch) == []
    assert drain(scratch, worker) == units


def test_what_needs_the_load_runs_once_more_too(scratch: Connection[Any], worker: int) -> None:
    units = add_units(scratch, 4, hard=[(1, 2), (2, 3), (1, 3)], soft=[(0, 1)])
    kill(scratch, worker, units[0])
    drain(scratch, worker)
    assert states(scratch, units) == ["dead", "done", "done", "done"]
    call(scratch, "retry", units[:1])
    assert states(scratch, units) == ["ready", "waiting", "waiting", "waiting"]
    assert faults(scratch) == []
    assert drain(scratch, worker) == units
    assert faults(scratch) == []


def test_freed_units_put_their_loads_back(scratch: Connection[Any], worker: int) -> None:
    units = add_units(scratch, 3, hard=[(0, 1)], soft=[(1, 2)])
    kill(scratch, worker, units[0])
    drain(scratch, worker)
    assert states(scratch, units) == ["dead", "blocked", "done"]
    call(scratch, "retry", units[:1])
    assert states(scratch, units) == ["ready", "waiting", "waiting"]
    assert drain(scratch, worker) == units
    assert faults(scratch) == []


def test_a_retry_does_not_wake_a_blocked_load_nor_a_dead_one(scratch: Connection[Any], worker: int) -> None:
    units = add_units(scratch, 5, hard=[(1, 3)], soft=[(0, 3), (0, 4)])
    leases = claim(scratch, worker)
    fail(scratch, units[0], leases[units[0]])
    fail(scratch, units[1], leases[units[1]])
    call(scratch, "resolve")
    fail(scratch, *claim(scratch, worker).popitem())
    call(scratch, "resolve")
    assert states(scratch, units) == ["dead", "dead", "leased", "blocked", "dead"]
    call(scratch, "retry", units[:1])
    assert states(scratch, units) == ["ready", "dead", "leased", "blocked", "dead"]
    assert faults(scratch) == []
    drain(scratch, worker)
    assert column(scratch, "unmet", units) == [0, 0, 0, 1, 0]
    assert faults(scratch) == []


def test_a_dead_unit_and_its_dead_load_can_be_retried_together(scratch: Connection[Any], worker: int) -> None:
    units = add_units(scratch, 2, soft=[(0, 1)])
    kill(scratch, worker, units[0])
    kill(scratch, worker, units[1])
    assert call(scratch, "retry", units) == 2
    assert states(scratch, units) == ["ready", "waiting"]
    assert drain(scratch, worker) == units
    assert faults(scratch) == []


def test_a_dead_load_can_be_retried_while_its_late_input_runs(scratch: Connection[Any], worker: int) -> None:
    units = add_units(scratch, 2, soft=[(0, 1)])
    kill(scratch, worker, units[0])
    kill(scratch, worker, units[1])
    call(scratch, "retry", units[:1])
    assert call(scratch, "retry", units[1:]) == 1
    assert states(scratch, units) == ["ready", "waiting"]
    assert drain(scratch, worker) == units
    assert faults(scratch) == []


def test_a_retry_waits_for_a_load_that_is_just_settling_and_puts_it_back(
    owner: Connection[Any], ledger: Settings
) -> None:
    units, late = load_of_a_dead_unit(owner, enlist(owner), "leased")
    begun = threading.Event()

    def retry() -> int:
        with connect("owner", ledger) as other:
            begun.set()
            return call(other, "retry", units[:1])

    with ThreadPoolExecutor(1) as pool, owner.transaction():
        settle(owner, late)
        answer = pool.submit(retry)
        assert begun.wait(10)
        assert wait_for_lock(owner)
        owner.execute("commit")
        owner.execute("begin")
        assert answer.result(10) == 1
    assert states(owner, units[:3]) == ["ready", "done", "waiting"]
    assert faults(owner) == []
