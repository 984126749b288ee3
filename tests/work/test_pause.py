"""Pausing: nothing of a run is claimed, what workers have is finished, and it goes on as if it came now."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from psycopg import Connection

from schema.connect import connect
from schema.settings import Settings
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
    give_back,
    settle,
    silence,
    states,
    wait_for_lock,
    wake,
)

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]


def run_of(connection: Connection[Any], units: list[int]) -> int:
    """Give the run of some units."""
    return int(column(connection, "run_id", units[:1])[0])


def test_nothing_of_a_paused_run_is_claimed_and_what_is_at_hand_is_finished(scratch: Connection[Any]) -> None:
    units, other = add_units(scratch, 6, hard=[(0, 5)], run="held"), add_units(scratch, 2, run="other")
    worker = enlist(scratch)
    leases = {unit: token for unit, token in claim(scratch, worker, 2).items() if unit in units}
    assert call(scratch, "pause", run_of(scratch, units)) == 5 - len(leases)
    assert scratch.execute("select paused from run where run = 'held'").fetchone() == (True,)
    assert len(settle(scratch, leases)) == len(leases)
    assert set(drain(scratch, worker)) <= set(other)
    assert faults(scratch) == []
    # What its units freed waits, too.
    assert states(scratch, units).count("ready") == 6 - len(leases)
    assert call(scratch, "unpause", run_of(scratch, units)) == 6 - len(leases)
    assert len(drain(scratch, worker)) == 6 - len(leases)


@pytest.mark.parametrize("way", ["given back", "failed", "reaped", "retried", "reaped with its batch"])
def test_what_comes_back_while_its_run_is_paused_waits_until_it_goes_on(scratch: Connection[Any], way: str) -> None:
    units = add_units(scratch, 2)
    worker = enlist(scratch)
    leases = claim(scratch, worker, 2 if "batch" in way else 1)
    run = run_of(scratch, units)
    call(scratch, "pause", run)
    match way:
        case "given back":
            give_back(scratch, leases)
        case "failed":
            fail(scratch, *leases.popitem(), retry=True)
        case "retried":
            unit, token = leases.popitem()
            fail(scratch, unit, token)
            call(scratch, "retry", [unit])
        case _:
            silence(scratch, worker)
            assert call(scratch, "reap") == len(leases)
    worker = enlist(scratch)
    assert faults(scratch) == []
    wake(scratch)
    assert claim(scratch, worker) == {}
    assert faults(scratch) == []
    assert count(scratch, "work.ready") == 2
    call(scratch, "unpause", run)
    assert sorted(drain(scratch, worker)) == units


def test_what_was_waiting_after_a_failure_waits_no_shorter_because_of_a_pause(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 1)
    worker = enlist(scratch)
    fail(scratch, *claim(scratch, worker).popitem(), retry=True)
    before = scratch.execute("select not_before from work.ready").fetchone()
    call(scratch, "pause", run_of(scratch, units))
    call(scratch, "unpause", run_of(scratch, units))
    assert scratch.execute("select not_before from work.ready").fetchone() == before


def test_units_that_are_planned_into_a_paused_run_wait(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 1)
    call(scratch, "pause", run_of(scratch, units))
    more = add_units(scratch, 2)
    worker = enlist(scratch)
    assert drain(scratch, worker) == []
    assert call(scratch, "unpause", run_of(scratch, units)) == 3
    assert drain(scratch, worker) == units + more


def test_a_cancelled_run_is_paused_no_more(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 2)
    run = run_of(scratch, units)
    call(scratch, "pause", run)
    assert call(scratch, "cancel", run) == 2
    assert count(scratch, "work.ready") == 0
    assert call(scratch, "unpause", run) == 0
    assert call(scratch, "resume", run) == 2
    assert drain(scratch, enlist(scratch)) == units


def test_pausing_twice_is_pausing_once(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 2)
    run = run_of(scratch, units)
    assert [call(scratch, "pause", run) for _ in range(2)] == [2, 0]
    assert [call(scratch, "unpause", run) for _ in range(2)] == [2, 0]


def test_a_run_that_goes_on_after_long_has_its_share_and_no_more(scratch: Connection[Any]) -> None:
    worker = enlist(scratch)
    held, other = add_units(scratch, 500, run="held"), add_units(scratch, 2000, run="other")
    settle(scratch, claim(scratch, worker, 100))
    call(scratch, "pause", run_of(scratch, held))
    settle(scratch, claim(scratch, worker, 1000))
    call(scratch, "unpause", run_of(scratch, held))
    got = list(claim(scratch, worker, 100))
    assert sum(unit in set(held) for unit in got) == pytest.approx(50, abs=1)
    assert len(set(got) & set(other)) == pytest.approx(50, abs=1)


def test_a_claim_in_flight_is_waited_for(owner: Connection[Any], ledger: Settings) -> None:
    units = add_units(owner, 10)
    worker, run = enlist(owner), run_of(owner, units)

    def pause() -> int:
        with connect("owner", ledger) as other:
            return call(other, "pause", run)

    with ThreadPoolExecutor(1) as pool:
        with owner.transaction():
            leases = claim(owner, worker, 4)
            paused = pool.submit(pause)
            assert wait_for_lock(owner)
        assert paused.result() == 6
    assert claim(owner, worker) == {}
    assert len(settle(owner, leases)) == 4
    assert faults(owner) == []


def test_what_is_given_back_in_flight_of_a_pause_waits(owner: Connection[Any], ledger: Settings) -> None:
    units = add_units(owner, 4)
    worker, run = enlist(owner), run_of(owner, units)
    leases = claim(owner, worker, 2)
    with connect("owner", ledger) as other:
        with owner.transaction():
            give_back(owner, leases)  # the pause cannot see this yet
            assert call(other, "pause", run) == 2
        assert call(other, "resolve") == 0
        assert claim(owner, worker) == {}
        assert faults(owner) == []
        assert call(other, "unpause", run) == 4
    assert len(claim(owner, worker)) == 4
