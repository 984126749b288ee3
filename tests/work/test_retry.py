"""Retrying: dead units run again, and what they blocked goes on; what else is dead keeps blocking."""

from typing import Any

import pytest
from psycopg import Connection

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
DIAMOND = [(0, 1), (0, 2), (1, 3), (2, 3)]


def kill(connection: Connection[Any], worker: int, doomed: list[int]) -> None:
    """Let these units die, and everything else that can be claimed succeed."""
    leases = claim(connection, worker)
    for unit in doomed:
        fail(connection, unit, leases.pop(unit))
    settle(connection, leases)


def test_dead_then_retried_frees_its_descendants(owner: Connection[Any]) -> None:
    units = add_units(owner, 4, hard=DIAMOND)
    worker = enlist(owner)
    kill(owner, worker, units[:1])
    call(owner, "resolve")
    assert states(owner, units) == ["dead", "blocked", "blocked", "blocked"]
    assert call(owner, "retry", units[:1]) == 1
    assert states(owner, units) == ["ready", "waiting", "waiting", "waiting"]
    assert faults(owner) == []
    assert drain(owner, worker) == units


def test_a_retry_before_the_resolver_has_read_the_death_loses_no_wake_up(owner: Connection[Any]) -> None:
    units = add_units(owner, 4, hard=DIAMOND)
    worker = enlist(owner)
    kill(owner, worker, units[:1])
    assert call(owner, "retry", units[:1]) == 1
    assert count(owner, "work.settled") == 0
    call(owner, "resolve")
    assert states(owner, units) == ["ready", "waiting", "waiting", "waiting"]
    assert faults(owner) == []
    assert drain(owner, worker) == units


def test_a_retried_unit_has_three_attempts_more(owner: Connection[Any]) -> None:
    units = add_units(owner, 1, max_attempts=1)
    worker = enlist(owner)
    kill(owner, worker, units)
    call(owner, "retry", units)
    outcomes = []
    for _ in range(3):
        wake(owner)
        outcomes.append(fail(owner, *claim(owner, worker).popitem(), retry=True))
    assert outcomes == ["ready", "ready", "dead"]
    assert column(owner, "attempt", units) == [4]


def test_a_retried_unit_may_share_a_batch_again(owner: Connection[Any]) -> None:
    units = add_units(owner, 2)
    owner.execute("update work.unit set solo = true where unit_id = %s", [units[0]])
    worker = enlist(owner)
    kill(owner, worker, units[:1])
    call(owner, "retry", units[:1])
    assert column(owner, "solo", units) == [False, False]


@pytest.mark.parametrize("state", ["waiting", "ready", "leased", "done", "blocked"])
def test_only_dead_units_are_retried(owner: Connection[Any], state: str) -> None:
    units = add_units(owner, 5, hard=[(0, 1), (2, 3)])
    worker = enlist(owner)
    leases = claim(owner, worker, 3)
    fail(owner, units[0], leases[units[0]])
    settle(owner, {units[4]: leases[units[4]]})
    call(owner, "resolve")
    add_units(owner, 1, run="another")
    chosen = owner.execute("select array_agg(unit_id) from work.unit where state = %s", [state]).fetchone()
    assert chosen
    before = owner.execute("select unit_id, state, attempt, unmet from work.unit order by 1").fetchall()
    assert call(owner, "retry", chosen[0]) == 0
    assert owner.execute("select unit_id, state, attempt, unmet from work.unit order by 1").fetchall() == before
    assert call(owner, "retry", []) == 0


def test_what_another_dead_unit_blocks_stays_blocked(owner: Connection[Any]) -> None:
    units = add_units(owner, 4, hard=[(0, 2), (1, 2), (2, 3)])
    worker = enlist(owner)
    kill(owner, worker, units[:2])
    call(owner, "resolve")
    call(owner, "retry", units[:1])
    assert states(owner, units) == ["ready", "dead", "blocked", "blocked"]
    assert faults(owner) == []
    assert drain(owner, worker) == units[:1]
    call(owner, "retry", units[1:2])
    assert drain(owner, worker) == units[1:]


def test_what_a_blocked_unit_of_another_branch_holds_up_stays_blocked(owner: Connection[Any]) -> None:
    # 0 and 1 are dead; 2 is blocked by 1; 3 needs 0 and 2, so a retry of 0 alone does not free it.
    units = add_units(owner, 4, hard=[(1, 2), (0, 3), (2, 3)])
    worker = enlist(owner)
    kill(owner, worker, units[:2])
    call(owner, "resolve")
    call(owner, "retry", units[:1])
    assert states(owner, units) == ["ready", "dead", "blocked", "blocked"]
    drain(owner, worker)
    assert owner.execute("select ended from public.run").fetchall() == [(True,)]
    call(owner, "retry", units[1:2])
    assert drain(owner, worker) == units[1:]
    assert faults(owner) == []


def test_all_dead_units_can_be_retried_together(owner: Connection[Any]) -> None:
    units = add_units(owner, 4, hard=[(1, 2), (0, 3), (2, 3)])
    worker = enlist(owner)
    kill(owner, worker, units[:2])
    call(owner, "resolve")
    assert call(owner, "retry", units) == 2
    assert drain(owner, worker) == units
    assert faults(owner) == []


def test_another_run_is_left_alone(owner: Connection[Any]) -> None:
    mine = add_units(owner, 2, hard=[(0, 1)], run="mine")
    theirs = add_units(owner, 2, hard=[(0, 1)], run="theirs")
    kill(owner, enlist(owner), [mine[0], theirs[0]])
    call(owner, "resolve")
    call(owner, "retry", mine[:1])
    assert states(owner, mine) == ["ready", "waiting"]
    assert states(owner, theirs) == ["dead", "blocked"]
