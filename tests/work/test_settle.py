"""Settling: fenced by the lease, all or nothing, every attempt kept."""

from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection, errors

from schema.connect import connect
from schema.settings import Settings
from tests.support.queue import (
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
STALE = "P0L01"


def refused(attempt: pytest.ExceptionInfo[errors.Error]) -> bool:
    return attempt.value.sqlstate == STALE and "stale lease" in str(attempt.value)


def test_a_settled_unit_is_done_and_its_execution_is_kept(owner: Connection[Any]) -> None:
    units = add_units(owner, 3)
    worker = enlist(owner)
    leases = claim(owner, worker, 2)
    executions = settle(owner, leases)
    assert list(executions) == units[:2]
    assert states(owner, units) == ["done", "done", "ready"]
    rows = owner.execute(
        "select unit_id, execution_id, attempt, token, worker_id, outcome, cpu_s, max_rss_mb, error from work.execution order by token"
    ).fetchall()
    assert rows == [(u, executions[u], 1, leases[u], worker, "ok", 0.5, 64.0, None) for u in units[:2]]
    assert owner.execute("select unit_id, ok from work.settled order by 1").fetchall() == [(u, True) for u in units[:2]]
    assert faults(owner) == []


def test_what_was_found_instead_of_computed_is_reused(owner: Connection[Any]) -> None:
    units = add_units(owner, 1)
    settle(owner, claim(owner, enlist(owner)), reused=True)
    assert states(owner, units) == ["reused"]
    assert owner.execute("select outcome from work.execution").fetchall() == [("reused",)]


def test_a_zombie_is_refused_and_leaves_nothing(owner: Connection[Any]) -> None:
    units = add_units(owner, 2)
    zombie, heir = enlist(owner), enlist(owner)
    late = claim(owner, zombie)
    silence(owner, zombie)
    assert call(owner, "reap") == 2
    mine = {**claim(owner, heir), **claim(owner, heir)}
    before = count(owner, "work.execution")
    with pytest.raises(errors.Error) as attempt, owner.transaction():
        settle(owner, late)
    assert refused(attempt)
    with pytest.raises(errors.Error) as attempt, owner.transaction():
        fail(owner, units[0], late[units[0]])
    assert refused(attempt)
    assert give_back(owner, late) == 0
    assert (count(owner, "work.execution"), count(owner, "work.settled"), count(owner, "work.lease")) == (before, 0, 2)
    assert len(settle(owner, mine)) == 2


def test_what_a_zombie_wrote_in_the_transaction_is_gone(owner: Connection[Any]) -> None:
    add_units(owner, 1)
    worker = enlist(owner)
    leases = claim(owner, worker)
    settle(owner, leases)
    with pytest.raises(errors.Error) as attempt, owner.transaction():
        owner.execute("insert into quality.metric (name, unit, description) values ('toy', '', 'A toy.')")
        settle(owner, leases)
    assert refused(attempt)
    assert (count(owner, "work.execution"), count(owner, "work.settled"), count(owner, "quality.metric")) == (1, 1, 0)


def test_one_stale_unit_refuses_the_whole_batch(owner: Connection[Any]) -> None:
    units = add_units(owner, 2)
    worker = enlist(owner)
    leases = claim(owner, worker)
    give_back(owner, {units[0]: leases[units[0]]})
    with pytest.raises(errors.Error, match="only 1 of 2 units") as attempt, owner.transaction():
        settle(owner, leases)
    assert refused(attempt)
    assert states(owner, units) == ["ready", "leased"]
    assert len(settle(owner, {units[1]: leases[units[1]]})) == 1


def test_tokens_of_two_units_cannot_be_exchanged(owner: Connection[Any]) -> None:
    add_units(owner, 2)
    leases = claim(owner, enlist(owner))
    crossed = dict(zip(leases, reversed(list(leases.values())), strict=True))
    with pytest.raises(errors.Error) as attempt:
        settle(owner, crossed)
    assert refused(attempt)


SETTLE = "select * from work.settle_ok(%s, %s, %s, %s::timestamptz[], %s, %s, %s)"


@pytest.mark.parametrize("place", range(7))
@pytest.mark.parametrize("wrong", ["short", "long", "null"])
def test_arrays_that_do_not_match_are_refused(shared: Connection[Any], place: int, wrong: str) -> None:
    leases = claim(shared, enlist(shared))
    arguments: list[Any] = [list(leases), list(leases.values()), [False] * 2, ["now"] * 2, [0.5] * 2, [64.0] * 2, [""] * 2]
    given = arguments[place]
    arguments[place] = {"short": given[:1], "long": [*given, given[0]], "null": None}[wrong]
    with pytest.raises(errors.Error, match="each once, with as many tokens and measurements"):
        shared.execute(SETTLE, arguments)


def test_a_unit_given_twice_is_refused(shared: Connection[Any]) -> None:
    (lease,) = claim(shared, enlist(shared), 1).items()
    twice = [[value] * 2 for value in (*lease, False, "now", 0.5, 64.0, "")]
    with pytest.raises(errors.Error, match="each once"):
        shared.execute(SETTLE, twice)


@pytest.fixture
def shared(owner: Connection[Any]) -> Connection[Any]:
    """Give a ledger with two units that are ready."""
    add_units(owner, 2)
    return owner


def test_an_error_that_may_pass_comes_back_after_a_growing_pause_then_is_final(owner: Connection[Any]) -> None:
    (unit,) = add_units(owner, 1, max_attempts=3)
    worker = enlist(owner)
    tag = column(owner, "vtime", [unit])
    pauses = []
    for attempt in (1, 2):
        assert fail(owner, *claim(owner, worker).popitem(), retry=True) == "ready"
        row = owner.execute("select not_before - clock_timestamp(), vtime from work.ready").fetchone()
        assert row
        pauses.append(row[0])
        assert [row[1]] == tag  # it keeps its place in its run's line
        assert column(owner, "attempt", [unit]) == [attempt]
        assert faults(owner) == []
        wake(owner)
    assert timedelta(seconds=0.6) < pauses[0] < timedelta(seconds=1.3)
    assert timedelta(seconds=2.9) < pauses[1] < timedelta(seconds=5.1)
    assert fail(owner, *claim(owner, worker).popitem(), retry=True) == "dead"
    assert owner.execute("select unit_id, ok from work.settled").fetchall() == [(unit, False)]
    assert owner.execute("select attempt, outcome, error_class, error, traceback from work.execution order by 1").fetchall() == [
        (attempt, "error", "Toy", "it broke", "here") for attempt in (1, 2, 3)
    ]
    assert faults(owner) == []


def test_a_final_error_is_final_at_once(owner: Connection[Any]) -> None:
    units = add_units(owner, 1)
    assert fail(owner, *claim(owner, enlist(owner)).popitem(), retry=False) == "dead"
    assert states(owner, units) == ["dead"]
    assert count(owner, "work.ready") == 0


def test_the_pause_ends_when_its_time_has_come(owner: Connection[Any]) -> None:
    add_units(owner, 1)
    worker = enlist(owner)
    fail(owner, *claim(owner, worker).popitem(), retry=True)
    assert claim(owner, worker) == {}
    owner.execute("update work.ready set not_before = clock_timestamp()")
    call(owner, "resolve")
    assert len(claim(owner, worker)) == 1


@pytest.mark.parametrize("attempt", [0, 1, 2, 6, 7, 8, 28, 600, 32767])
def test_no_pause_is_longer_than_an_hour_however_often_it_failed(owner: Connection[Any], attempt: int) -> None:
    pauses = "select min(w), max(w) from (select work.backoff(%s) as w from generate_series(1, 99)) x"
    row = owner.execute(pauses, [attempt]).fetchone()
    assert row
    middle = min(4.0 ** max(attempt - 1, 0), 4096.0) if attempt < 600 else 4096.0
    assert row[0] >= timedelta(seconds=0.75 * middle)
    assert row[1] <= timedelta(seconds=min(1.25 * middle, 3600))
    assert row[0] < row[1]  # with jitter: what failed together does not come back together


def test_what_is_given_back_counts_no_attempt(owner: Connection[Any]) -> None:
    units = add_units(owner, 3)
    worker = enlist(owner)
    tags = column(owner, "vtime", units)
    assert give_back(owner, claim(owner, worker)) == 3
    assert column(owner, "attempt", units) == [0, 0, 0]
    assert column(owner, "vtime", units) == tags
    assert count(owner, "work.execution") == 0
    assert faults(owner) == []
    assert list(claim(owner, worker)) == units


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
