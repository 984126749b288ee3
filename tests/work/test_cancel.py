"""Cancelling: what has not ended leaves the queue, what is done stays, and all of it can be taken up again."""

from typing import Any

import pytest
from psycopg import Connection, errors

from tests.support.queue import (
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
pytest_plugins = ["tests.support.scratch"]
CHAIN = [(0, 1), (1, 2)]


def run_of(connection: Connection[Any], units: list[int]) -> int:
    """Give the run of some units."""
    return int(column(connection, "run_id", units[:1])[0])


def test_a_cancelled_run_has_ended_and_keeps_what_is_done(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 3, hard=CHAIN)
    settle(scratch, claim(scratch, enlist(scratch)))
    assert call(scratch, "cancel", run_of(scratch, units)) == 2
    assert states(scratch, units) == ["done", "cancelled", "cancelled"]
    call(scratch, "resolve")
    assert states(scratch, units) == ["done", "cancelled", "cancelled"]
    assert count(scratch, "work.ready") == count(scratch, "work.lease") == 0
    assert scratch.execute("select ended, n_cancelled from run where run = 'toys'").fetchone() == (True, 2)
    assert faults(scratch) == []


def test_the_answer_of_a_worker_that_had_a_cancelled_unit_is_refused(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 1)
    leases = claim(scratch, enlist(scratch))
    call(scratch, "cancel", run_of(scratch, units))
    with pytest.raises(errors.Error, match="stale lease"), scratch.transaction():
        settle(scratch, leases)
    kept = scratch.execute("select outcome, error_class from work.execution").fetchall()
    assert kept == [("lost", "CalledOff")]


def test_a_resumed_run_goes_on_where_it_stopped(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 3, hard=CHAIN)
    worker = enlist(scratch)
    settle(scratch, claim(scratch, worker))
    call(scratch, "cancel", run_of(scratch, units))
    call(scratch, "resolve")
    assert call(scratch, "resume", run_of(scratch, units)) == 2
    assert states(scratch, units) == ["done", "ready", "waiting"]
    assert faults(scratch) == []
    assert drain(scratch, worker) == units[1:]


def test_a_unit_whose_last_attempt_was_called_off_has_one_more(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 1, max_attempts=1)
    worker = enlist(scratch)
    claim(scratch, worker)
    call(scratch, "cancel", run_of(scratch, units))
    call(scratch, "resume", run_of(scratch, units))
    assert drain(scratch, worker) == units


def test_what_needs_a_unit_that_died_meanwhile_is_blocked_when_it_comes_back(scratch: Connection[Any]) -> None:
    # 0 dies; 1 needs it, 2 needs 1; 3 takes 2 in softly and must not wait for ever.
    units = add_units(scratch, 4, hard=CHAIN, soft=[(2, 3)])
    (lease,) = claim(scratch, enlist(scratch)).items()
    fail(scratch, *lease)
    call(scratch, "cancel", run_of(scratch, units))
    call(scratch, "resolve")
    assert states(scratch, units) == ["dead", "cancelled", "cancelled", "cancelled"]
    call(scratch, "resume", run_of(scratch, units))
    assert states(scratch, units) == ["dead", "blocked", "blocked", "ready"]
    assert faults(scratch) == []


def test_other_runs_go_on(scratch: Connection[Any]) -> None:
    stopped, other = add_units(scratch, 2, run="stopped"), add_units(scratch, 2, run="other")
    call(scratch, "cancel", run_of(scratch, stopped))
    assert drain(scratch, enlist(scratch)) == other


def test_there_is_nothing_to_cancel_in_a_run_that_has_ended(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 1)
    drain(scratch, enlist(scratch))
    assert call(scratch, "cancel", run_of(scratch, units)) == 0
    assert call(scratch, "resume", run_of(scratch, units)) == 0
