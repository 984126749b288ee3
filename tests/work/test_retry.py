"""Retrying: dead units run again, and what they blocked goes on; what else is dead keeps blocking."""

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
    wake,
)

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]
DIAMOND = [(0, 1), (0, 2), (1, 3), (2, 3)]


def kill(connection: Connection[Any], worker: int, doomed: list[int]) -> None:
    """Let these units die, and everything else that can be claimed succeed."""
    leases = claim(connection, worker)
    for unit in doomed:
        fail(connection, unit, leases.pop(unit))
    settle(connection, leases)


def test_dead_then_retried_frees_its_descendants(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 4, hard=DIAMOND)
    worker = enlist(scratch)
    kill(scratch, worker, units[:1])
    call(scratch, "resolve")
    assert states(scratch, units) == ["dead", "blocked", "blocked", "blocked"]
    assert call(scratch, "retry", units[:1]) == 1
    assert states(scratch, units) == ["ready", "waiting", "waiting", "waiting"]
    assert faults(scratch) == []
    assert drain(scratch, worker) == units


def test_a_retry_before_the_resolver_has_read_the_death_loses_no_wake_up(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 4, hard=DIAMOND)
    worker = enlist(scratch)
    kill(scratch, worker, units[:1])
    assert call(scratch, "retry", units[:1]) == 1
    assert count(scratch, "work.settled") == 0
    call(scratch, "resolve")
    assert states(scratch, units) == ["ready", "waiting", "waiting", "waiting"]
    assert faults(scratch) == []
    assert drain(scratch, worker) == units


def test_nothing_of_a_sealed_run_is_retried_or_resumed(scratch: Connection[Any]) -> None:
    """Whoever asks the database itself is refused as the verbs refuse it."""
    units = add_units(scratch, 3)
    kill(scratch, enlist(scratch), units[:1])
    (run,) = set(column(scratch, "run_id", units))
    assert call(scratch, "resume", run) == 0
    scratch.execute("update work.unit set state = 'cancelled' where unit_id = %s", [units[2]])
    scratch.execute("update registry.collection set sealed_at = now() where collection_id = %s", [run])
    for function, given in (("retry", units[:1]), ("resume", run)):
        with pytest.raises(errors.Error, match="collection toys is sealed") as refusal, scratch.transaction():
            call(scratch, function, given)
        assert refusal.value.sqlstate == "P0A02"
    assert states(scratch, units) == ["dead", "done", "cancelled"]


def test_a_retried_unit_has_three_attempts_more(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 1, max_attempts=1)
    worker = enlist(scratch)
    kill(scratch, worker, units)
    call(scratch, "retry", units)
    outcomes = []
    for _ in range(3):
        wake(scratch)
        outcomes.append(fail(scratch, *claim(scratch, worker).popitem(), retry=True))
    assert outcomes == ["ready", "ready", "dead"]
    assert column(scratch, "attempt", units) == [4]


def test_a_retried_unit_may_share_a_batch_again(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 2)
    scratch.execute("update work.unit set solo = true where unit_id = %s", [units[0]])
    worker = enlist(scratch)
    kill(scratch, worker, units[:1])
    call(scratch, "retry", units[:1])
    assert column(scratch, "solo", units) == [False, False]


@pytest.mark.parametrize("state", ["waiting", "ready", "leased", "done", "blocked"])
def test_only_dead_units_are_retried(scratch: Connection[Any], state: str) -> None:
    units = add_units(scratch, 5, hard=[(0, 1), (2, 3)])
    worker = enlist(scratch)
    leases = claim(scratch, worker, 3)
    fail(scratch, units[0], leases[units[0]])
    settle(scratch, {units[4]: leases[units[4]]})
    call(scratch, "resolve")
    add_units(scratch, 1, run="another")
    chosen = scratch.execute("select array_agg(unit_id) from work.unit where state = %s", [state]).fetchone()
    assert chosen
    before = scratch.execute("select unit_id, state, attempt, unmet from work.unit order by 1").fetchall()
    assert call(scratch, "retry", chosen[0]) == 0
    assert scratch.execute("select unit_id, state, attempt, unmet from work.unit order by 1").fetchall() == before
    assert call(scratch, "retry", []) == 0


def test_what_another_dead_unit_blocks_stays_blocked(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 4, hard=[(0, 2), (1, 2), (2, 3)])
    worker = enlist(scratch)
    kill(scratch, worker, units[:2])
    call(scratch, "resolve")
    call(scratch, "retry", units[:1])
    assert states(scratch, units) == ["ready", "dead", "blocked", "blocked"]
    assert faults(scratch) == []
    assert drain(scratch, worker) == units[:1]
    call(scratch, "retry", units[1:2])
    assert drain(scratch, worker) == units[1:]


def test_what_a_blocked_unit_of_another_branch_holds_up_stays_blocked(scratch: Connection[Any]) -> None:
    # 0 and 1 are dead; 2 is blocked by 1; 3 needs 0 and 2, so a retry of 0 alone does not free it.
    units = add_units(scratch, 4, hard=[(1, 2), (0, 3), (2, 3)])
    worker = enlist(scratch)
    kill(scratch, worker, units[:2])
    call(scratch, "resolve")
    call(scratch, "retry", units[:1])
    assert states(scratch, units) == ["ready", "dead", "blocked", "blocked"]
    drain(scratch, worker)
    assert scratch.execute("select ended from public.run").fetchall() == [(True,)]
    call(scratch, "retry", units[1:2])
    assert drain(scratch, worker) == units[1:]
    assert faults(scratch) == []


def test_a_death_that_nobody_has_read_yet_is_left_to_the_resolver(scratch: Connection[Any]) -> None:
    # 2 needs 0 and 1: 0 is dead and 2 blocked; then 1 dies, and 0 is retried before anybody has read that.
    units = add_units(scratch, 4, hard=[(0, 2), (1, 2)], soft=[(2, 3)])
    worker = enlist(scratch)
    leases = claim(scratch, worker)
    fail(scratch, units[0], leases[units[0]])
    call(scratch, "resolve")
    fail(scratch, units[1], leases[units[1]])
    call(scratch, "retry", units[:1])
    assert states(scratch, units) == ["ready", "dead", "waiting", "waiting"]
    assert faults(scratch) == []
    call(scratch, "resolve")
    assert states(scratch, units) == ["ready", "dead", "blocked", "ready"]
    assert faults(scratch) == []
    call(scratch, "retry", units[1:2])
    assert set(drain(scratch, worker)) == set(units)
    assert faults(scratch) == []


def test_all_dead_units_can_be_retried_together(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 4, hard=[(1, 2), (0, 3), (2, 3)])
    worker = enlist(scratch)
    kill(scratch, worker, units[:2])
    call(scratch, "resolve")
    assert call(scratch, "retry", units) == 2
    assert drain(scratch, worker) == units
    assert faults(scratch) == []


def test_another_run_is_left_alone(scratch: Connection[Any]) -> None:
    mine = add_units(scratch, 2, hard=[(0, 1)], run="mine")
    theirs = add_units(scratch, 2, hard=[(0, 1)], run="theirs")
    kill(scratch, enlist(scratch), [mine[0], theirs[0]])
    call(scratch, "resolve")
    call(scratch, "retry", mine[:1])
    assert states(scratch, mine) == ["ready", "waiting"]
    assert states(scratch, theirs) == ["dead", "blocked"]
