"""Settling: fenced by the lease, all or nothing, every attempt kept."""

from datetime import timedelta
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
    enlist,
    fail,
    faults,
    give_back,
    settle,
    silence,
    states,
    wake,
)

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]
STALE = "P0L01"


def refused(attempt: pytest.ExceptionInfo[errors.Error]) -> bool:
    return attempt.value.sqlstate == STALE and "stale lease" in str(attempt.value)


def test_a_settled_unit_is_done_and_its_execution_is_kept(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 3)
    worker = enlist(scratch)
    leases = {**claim(scratch, worker, 1), **claim(scratch, worker, 1)}
    executions = settle(scratch, leases)
    assert sorted(executions) == units[:2]
    assert states(scratch, units) == ["done", "done", "ready"]
    rows = scratch.execute(
        """select unit_id, execution_id, attempt, token, worker_id, outcome, cpu_s, max_rss_mb, error
           from work.execution order by token"""
    ).fetchall()
    assert rows == [(u, executions[u], 1, leases[u], worker, "ok", 0.5, 64.0, None) for u in units[:2]]
    assert faults(scratch) == []


def test_only_a_unit_that_others_wait_for_has_a_message_for_the_resolver(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 6, hard=[(0, 3), (0, 4)], soft=[(1, 5)])
    settle(scratch, claim(scratch, enlist(scratch)))
    assert scratch.execute("select unit_id, ok from work.settled order by 1").fetchall() == [
        (unit, True) for unit in units[:2]
    ]
    assert call(scratch, "resolve") == 3


def test_what_was_found_instead_of_computed_is_reused(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 1)
    settle(scratch, claim(scratch, enlist(scratch)), reused=True)
    assert states(scratch, units) == ["reused"]
    assert scratch.execute("select outcome from work.execution").fetchall() == [("reused",)]


def test_a_zombie_is_refused_and_leaves_nothing(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 2)
    zombie, heir = enlist(scratch), enlist(scratch)
    late = claim(scratch, zombie)
    silence(scratch, zombie)
    assert call(scratch, "reap") == 2
    wake(scratch)
    mine = {**claim(scratch, heir), **claim(scratch, heir)}
    before = count(scratch, "work.execution")
    with pytest.raises(errors.Error) as attempt, scratch.transaction():
        settle(scratch, late)
    assert refused(attempt)
    with pytest.raises(errors.Error) as attempt, scratch.transaction():
        fail(scratch, units[0], late[units[0]])
    assert refused(attempt)
    assert give_back(scratch, late) == 0
    assert (count(scratch, "work.execution"), count(scratch, "work.settled"), count(scratch, "work.lease")) == (
        before,
        0,
        2,
    )
    assert len(settle(scratch, mine)) == 2


def test_what_a_zombie_wrote_in_the_transaction_is_gone(scratch: Connection[Any]) -> None:
    add_units(scratch, 1)
    worker = enlist(scratch)
    leases = claim(scratch, worker)
    settle(scratch, leases)
    with pytest.raises(errors.Error) as attempt:
        write_then_settle(scratch, leases)
    assert refused(attempt)
    assert (count(scratch, "work.execution"), count(scratch, "quality.metric")) == (1, 0)


def write_then_settle(connection: Connection[Any], leases: Leases) -> None:
    with connection.transaction():
        connection.execute("insert into quality.metric (name, unit, description) values ('toy', '', 'A toy.')")
        settle(connection, leases)


def test_one_stale_unit_refuses_the_whole_batch(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 2)
    worker = enlist(scratch)
    leases = claim(scratch, worker)
    give_back(scratch, {units[0]: leases[units[0]]})
    with pytest.raises(errors.Error, match="only 1 of 2 units") as attempt, scratch.transaction():
        settle(scratch, leases)
    assert refused(attempt)
    assert states(scratch, units) == ["ready", "leased"]
    assert len(settle(scratch, {units[1]: leases[units[1]]})) == 1


def test_what_is_left_of_a_batch_stays_leased_until_its_last_unit_ends(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 5)
    worker = enlist(scratch)
    leases = claim(scratch, worker)
    settle(scratch, {unit: leases[unit] for unit in units[1:3]})
    fail(scratch, units[4], leases[units[4]])
    assert states(scratch, units) == ["leased", "done", "done", "leased", "dead"]
    left = scratch.execute("select worker_id, units, size from work.batch").fetchall()
    assert left == [(worker, [units[0], units[3]], 5)]
    assert faults(scratch) == []
    settle(scratch, {unit: leases[unit] for unit in (units[3], units[0])})
    assert count(scratch, "work.batch") == 0


def test_a_unit_that_has_ended_does_not_end_again_while_its_batch_goes_on(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 2)
    leases = claim(scratch, enlist(scratch))
    settle(scratch, {units[0]: leases[units[0]]})
    with pytest.raises(errors.Error) as attempt, scratch.transaction():
        settle(scratch, {units[0]: leases[units[0]]})
    assert refused(attempt)
    with pytest.raises(errors.Error) as attempt, scratch.transaction():
        fail(scratch, units[0], leases[units[0]])
    assert refused(attempt)
    assert give_back(scratch, leases) == 1


def test_tokens_of_two_batches_cannot_be_exchanged(scratch: Connection[Any]) -> None:
    add_units(scratch, 2)
    worker = enlist(scratch)
    leases = {**claim(scratch, worker, 1), **claim(scratch, worker, 1)}
    crossed = dict(zip(leases, reversed(list(leases.values())), strict=True))
    with pytest.raises(errors.Error) as attempt:
        settle(scratch, crossed)
    assert refused(attempt)


SETTLE = "select * from work.settle_ok(%s, %s, %s, %s::timestamptz[], %s::timestamptz[], %s, %s, %s)"


@pytest.mark.parametrize("place", range(1, 8))
@pytest.mark.parametrize("wrong", ["short", "long", "null"])
def test_arrays_that_do_not_match_are_refused(shared: Connection[Any], place: int, wrong: str) -> None:
    leases = claim(shared, enlist(shared))
    arguments: list[Any] = [
        next(iter(leases.values())),
        list(leases),
        [False] * 2,
        ["now"] * 2,
        ["now"] * 2,
        [0.5] * 2,
        [64.0] * 2,
        [""] * 2,
    ]
    given = arguments[place]
    arguments[place] = {"short": given[:1], "long": [*given, given[0]], "null": None}[wrong]
    with pytest.raises(errors.Error, match="each once, with as many measurements"):
        shared.execute(SETTLE, arguments)


def test_a_unit_given_twice_is_refused(shared: Connection[Any]) -> None:
    (lease,) = claim(shared, enlist(shared), 1).items()
    (unit, token) = lease
    twice = [token, *([value] * 2 for value in (unit, False, "now", "now", 0.5, 64.0, ""))]
    with pytest.raises(errors.Error, match="each once"):
        shared.execute(SETTLE, twice)


@pytest.fixture
def shared(scratch: Connection[Any]) -> Connection[Any]:
    """Give a ledger with two units that are ready."""
    add_units(scratch, 2)
    return scratch


def test_an_error_that_may_pass_comes_back_after_a_growing_pause_then_is_final(scratch: Connection[Any]) -> None:
    unit, _ = add_units(scratch, 2, hard=[(0, 1)], max_attempts=3)
    worker = enlist(scratch)
    tag = column(scratch, "vtime", [unit])
    pauses = []
    for attempt in (1, 2):
        assert fail(scratch, *claim(scratch, worker).popitem(), retry=True) == "ready"
        row = scratch.execute("select not_before - clock_timestamp(), vtime from work.ready").fetchone()
        assert row
        pauses.append(row[0])
        assert [row[1]] == tag  # it keeps its place in its run's line
        assert column(scratch, "attempt", [unit]) == [attempt]
        assert faults(scratch) == []
        wake(scratch)
    assert timedelta(seconds=0.6) < pauses[0] < timedelta(seconds=1.3)
    assert timedelta(seconds=2.9) < pauses[1] < timedelta(seconds=5.1)
    assert fail(scratch, *claim(scratch, worker).popitem(), retry=True) == "dead"
    assert scratch.execute("select unit_id, ok from work.settled").fetchall() == [(unit, False)]
    assert scratch.execute(
        "select attempt, outcome, error_class, error, traceback from work.execution order by 1"
    ).fetchall() == [(attempt, "error", "Toy", "it broke", "here") for attempt in (1, 2, 3)]
    assert faults(scratch) == []


def test_a_final_error_is_final_at_once(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 1)
    assert fail(scratch, *claim(scratch, enlist(scratch)).popitem(), retry=False) == "dead"
    assert states(scratch, units) == ["dead"]
    assert count(scratch, "work.ready") == 0


def test_the_pause_ends_when_its_time_has_come(scratch: Connection[Any]) -> None:
    add_units(scratch, 1)
    worker = enlist(scratch)
    fail(scratch, *claim(scratch, worker).popitem(), retry=True)
    assert claim(scratch, worker) == {}
    scratch.execute("update work.ready set not_before = clock_timestamp()")
    call(scratch, "resolve")
    assert len(claim(scratch, worker)) == 1


@pytest.mark.parametrize("attempt", [0, 1, 2, 6, 7, 8, 28, 600, 32767])
def test_no_pause_is_longer_than_an_hour_however_often_it_failed(scratch: Connection[Any], attempt: int) -> None:
    pauses = "select min(w), max(w) from (select work.backoff(%s) as w from generate_series(1, 99)) x"
    row = scratch.execute(pauses, [attempt]).fetchone()
    assert row
    middle = min(4.0 ** max(attempt - 1, 0), 4096.0) if attempt < 600 else 4096.0
    assert row[0] >= timedelta(seconds=0.75 * middle)
    assert row[1] <= timedelta(seconds=min(1.25 * middle, 3600))
    assert row[0] < row[1]  # with jitter: what failed together does not come back together


def test_what_is_given_back_counts_no_attempt(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 3)
    worker = enlist(scratch)
    tags = column(scratch, "vtime", units)
    assert give_back(scratch, claim(scratch, worker)) == 3
    assert column(scratch, "attempt", units) == [0, 0, 0]
    assert column(scratch, "vtime", units) == tags
    assert count(scratch, "work.execution") == 0
    assert faults(scratch) == []
    wake(scratch)
    assert list(claim(scratch, worker)) == units


def test_the_fence_holds_until_the_transaction_ends(owner: Connection[Any], ledger: Settings) -> None:
    add_units(owner, 1)
    worker = enlist(owner)
    leases = claim(owner, worker)
    silence(owner, worker)
    with connect("worker", ledger) as other:
        with owner.transaction():
            settle(owner, leases)
            assert call(other, "reap") == 0  # it passes by what is being settled
        assert call(other, "reap") == 0
    assert owner.execute("select outcome from work.execution").fetchall() == [("ok",)]
