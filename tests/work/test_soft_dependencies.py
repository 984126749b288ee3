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
)

pytestmark = pytest.mark.database


@pytest.fixture
def worker(owner: Connection[Any]) -> int:
    return enlist(owner)


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


def test_a_load_waits_until_all_have_ended_well_or_badly(owner: Connection[Any], worker: int) -> None:
    units = add_units(owner, 3, soft=[(0, 2), (1, 2)])
    leases = claim(owner, worker)
    fail(owner, units[0], leases[units[0]])
    call(owner, "resolve")
    assert (states(owner, units)[2], column(owner, "unmet", units)[2]) == ("waiting", 1)
    settle(owner, {units[1]: leases[units[1]]})
    call(owner, "resolve")
    assert states(owner, units) == ["dead", "done", "ready"]
    assert faults(owner) == []


def test_a_load_is_released_by_blocked_units_too(owner: Connection[Any], worker: int) -> None:
    units = add_units(owner, 4, hard=[(0, 1), (1, 2)], soft=[(0, 3), (1, 3), (2, 3)])
    kill(owner, worker, units[0])
    assert states(owner, units) == ["dead", "blocked", "blocked", "ready"]
    assert faults(owner) == []


def test_a_load_whose_hard_input_is_dead_is_blocked(owner: Connection[Any], worker: int) -> None:
    units = add_units(owner, 3, hard=[(0, 2)], soft=[(1, 2)])
    kill(owner, worker, units[0])
    assert states(owner, units) == ["dead", "done", "blocked"]
    assert faults(owner) == []


@pytest.mark.parametrize("state", ["waiting", "ready", "leased", "done"])
def test_a_retry_puts_the_load_back_whatever_it_is_doing(owner: Connection[Any], worker: int, state: str) -> None:
    units, late = load_of_a_dead_unit(owner, worker, state)
    assert call(owner, "retry", units[:1]) == 1
    assert states(owner, units[:3]) == ["ready", "done", "waiting"]
    assert faults(owner) == []
    if state == "leased":  # what it read is not complete any more: its answer is refused
        with pytest.raises(errors.Error, match="stale lease"):
            settle(owner, late)
    settle(owner, dict([claim(owner, worker, 1).popitem()]))
    call(owner, "resolve")
    assert states(owner, units[:3]) == ["done", "done", "waiting" if state == "waiting" else "ready"]
    assert faults(owner) == []


def test_a_load_that_read_too_early_runs_once_more_even_if_the_late_one_is_quick(owner: Connection[Any], worker: int) -> None:
    units, early = load_of_a_dead_unit(owner, worker, "leased")
    call(owner, "retry", units[:1])
    settle(owner, claim(owner, worker))
    call(owner, "resolve")  # the late one has ended before the load that did not see it
    with pytest.raises(errors.Error, match="stale lease"):
        settle(owner, early)
    assert list(claim(owner, worker)) == units[2:3]
    kept = owner.execute("select outcome, error_class from work.execution where unit_id = %s", [units[2]]).fetchall()
    assert kept == [("lost", "CalledOff")]


def test_a_load_that_is_put_back_has_three_attempts_more(owner: Connection[Any], worker: int) -> None:
    units, _ = load_of_a_dead_unit(owner, worker, "done")
    for _ in range(5):
        call(owner, "retry", units[:1])
        leases = claim(owner, worker)
        fail(owner, units[0], leases[units[0]])
        call(owner, "resolve")
        settle(owner, claim(owner, worker))
        call(owner, "resolve")
    assert column(owner, "attempt", units[2:3]) == [6]
    call(owner, "retry", units[:1])
    assert column(owner, "max_attempts", units[2:3]) == [9]


def test_a_retry_before_the_resolver_has_read_counts_nothing_twice(owner: Connection[Any], worker: int) -> None:
    units = add_units(owner, 2, soft=[(0, 1)])
    fail(owner, *claim(owner, worker).popitem())
    call(owner, "retry", units[:1])
    assert column(owner, "unmet", units) == [0, 1]
    assert faults(owner) == []
    assert drain(owner, worker) == units


def test_a_load_that_has_ended_but_was_not_read_is_put_back_once(owner: Connection[Any], worker: int) -> None:
    units = add_units(owner, 3, hard=[(1, 2)], soft=[(0, 1)])
    kill(owner, worker, units[0])
    settle(owner, claim(owner, worker))  # nobody has told unit 2
    call(owner, "retry", units[:1])
    assert count(owner, "work.settled") == 0
    assert column(owner, "unmet", units) == [0, 1, 1]
    assert faults(owner) == []
    assert drain(owner, worker) == units


def test_what_needs_the_load_runs_once_more_too(owner: Connection[Any], worker: int) -> None:
    units = add_units(owner, 4, hard=[(1, 2), (2, 3), (1, 3)], soft=[(0, 1)])
    kill(owner, worker, units[0])
    drain(owner, worker)
    assert states(owner, units) == ["dead", "done", "done", "done"]
    call(owner, "retry", units[:1])
    assert states(owner, units) == ["ready", "waiting", "waiting", "waiting"]
    assert faults(owner) == []
    assert drain(owner, worker) == units
    assert faults(owner) == []


def test_freed_units_put_their_loads_back(owner: Connection[Any], worker: int) -> None:
    units = add_units(owner, 3, hard=[(0, 1)], soft=[(1, 2)])
    kill(owner, worker, units[0])
    drain(owner, worker)
    assert states(owner, units) == ["dead", "blocked", "done"]
    call(owner, "retry", units[:1])
    assert states(owner, units) == ["ready", "waiting", "waiting"]
    assert drain(owner, worker) == units
    assert faults(owner) == []


def test_a_retry_does_not_wake_a_blocked_load_nor_a_dead_one(owner: Connection[Any], worker: int) -> None:
    units = add_units(owner, 5, hard=[(1, 3)], soft=[(0, 3), (0, 4)])
    leases = claim(owner, worker)
    fail(owner, units[0], leases[units[0]])
    fail(owner, units[1], leases[units[1]])
    call(owner, "resolve")
    fail(owner, *claim(owner, worker).popitem())
    call(owner, "resolve")
    assert states(owner, units) == ["dead", "dead", "leased", "blocked", "dead"]
    call(owner, "retry", units[:1])
    assert states(owner, units) == ["ready", "dead", "leased", "blocked", "dead"]
    assert faults(owner) == []
    drain(owner, worker)
    assert column(owner, "unmet", units) == [0, 0, 0, 1, 0]
    assert faults(owner) == []


def test_a_dead_unit_and_its_dead_load_can_be_retried_together(owner: Connection[Any], worker: int) -> None:
    units = add_units(owner, 2, soft=[(0, 1)])
    kill(owner, worker, units[0])
    kill(owner, worker, units[1])
    assert call(owner, "retry", units) == 2
    assert states(owner, units) == ["ready", "waiting"]
    assert drain(owner, worker) == units
    assert faults(owner) == []


def test_a_dead_load_can_be_retried_while_its_late_input_runs(owner: Connection[Any], worker: int) -> None:
    units = add_units(owner, 2, soft=[(0, 1)])
    kill(owner, worker, units[0])
    kill(owner, worker, units[1])
    call(owner, "retry", units[:1])
    assert call(owner, "retry", units[1:]) == 1
    assert states(owner, units) == ["ready", "waiting"]
    assert drain(owner, worker) == units
    assert faults(owner) == []


def test_a_retry_waits_for_a_load_that_is_just_settling_and_puts_it_back(owner: Connection[Any], worker: int, ledger: Settings) -> None:
    units, late = load_of_a_dead_unit(owner, worker, "leased")
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


def wait_for_lock(connection: Connection[Any]) -> bool:
    """Return when another session waits for a lock of ours."""
    for _ in range(1000):
        row = connection.execute(
            "select pg_sleep(0.01), exists (select from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid)))"
        ).fetchone()
        if row and row[1]:
            return True
    return False
