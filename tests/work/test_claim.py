"""Claims: the right units, in the right order, each to one worker only."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from psycopg import Connection, errors

from pipeline.units import claim as claim_and_read
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
    wait_for_lock,
    wake,
)

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]


def test_units_are_claimed_by_priority_then_in_order(scratch: Connection[Any]) -> None:
    late = add_units(scratch, 3, run="a", priority=100)
    soon = add_units(scratch, 3, run="b", priority=50)
    worker = enlist(scratch)
    assert list(claim(scratch, worker, 2)) == soon[:2]
    assert list(claim(scratch, worker, 3)) == [soon[2], *late[:2]]
    assert list(claim(scratch, worker, 3)) == [late[2]]
    assert claim(scratch, worker, 3) == {}


def test_a_batch_of_two_priorities_is_worked_in_their_order(scratch: Connection[Any]) -> None:
    late = add_units(scratch, 2, run="a", priority=100)  # its virtual times are the smaller ones
    soon = add_units(scratch, 2, run="b", priority=50)
    assert list(claim(scratch, enlist(scratch), 4)) == soon + late


def test_a_claim_leases_and_counts_the_attempt(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 5)
    worker = enlist(scratch)
    leases = claim(scratch, worker, 4, ttl="5 minutes")
    assert list(leases) == units[:4]
    (token,) = set(leases.values())
    assert states(scratch, units) == ["leased"] * 4 + ["ready"]
    shown = scratch.execute("select attempt from work_unit order by unit_id").fetchall()
    assert shown == [(1,), (1,), (1,), (1,), (0,)]
    assert scratch.execute("select units, token, worker_id, size from work.batch").fetchall() == [
        (units[:4], token, worker, 4)
    ]
    leased = scratch.execute("select unit_id, token, worker_id, batch from work.lease order by 1").fetchall()
    assert leased == [(unit, token, worker, 4) for unit in units[:4]]
    assert scratch.execute("select n_ready, n_leased from run where run = 'toys'").fetchall() == [(1, 4)]
    term = scratch.execute(
        "select distinct deadline - acquired_at between '299 s' and '301 s' from work.lease"
    ).fetchall()
    assert term == [(True,)]
    assert faults(scratch) == []


def test_a_worker_pulls_from_its_queue_only(scratch: Connection[Any]) -> None:
    add_units(scratch, 2, queue=1)
    worker = enlist(scratch)
    assert claim(scratch, worker, queue=0) == {}
    assert len(claim(scratch, worker, queue=1)) == 2


def test_a_token_is_never_used_again(scratch: Connection[Any]) -> None:
    add_units(scratch, 1)
    worker = enlist(scratch)
    tokens: list[int] = []
    for _ in range(5):
        leases = claim(scratch, worker)
        tokens += leases.values()
        give_back(scratch, leases)
        wake(scratch)
    assert tokens == sorted(set(tokens))


def test_what_waits_or_pauses_is_not_claimed(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 2, hard=[(0, 1)])
    worker = enlist(scratch)
    (leased,) = claim(scratch, worker).items()
    assert claim(scratch, worker) == {}
    fail(scratch, *leased, retry=True)
    call(scratch, "resolve")
    assert claim(scratch, worker) == {}
    assert states(scratch, units) == ["ready", "waiting"]


def test_only_an_enlisted_worker_can_claim(scratch: Connection[Any]) -> None:
    add_units(scratch, 1)
    with pytest.raises(errors.ForeignKeyViolation), scratch.transaction():
        claim(scratch, 4711)
    assert count(scratch, "work.ready") == 1


def test_many_units_are_made_ready_in_the_transaction_that_adds_them(scratch: Connection[Any]) -> None:
    # Without statistics a join of the statement's own parts took 34 s; the time allowed is twenty times what is needed.
    scratch.execute("set local statement_timeout = '20 s'")
    units = add_units(scratch, 10_000)
    assert set(states(scratch, units)) == {"ready"}


def test_a_unit_is_once_in_a_run(scratch: Connection[Any]) -> None:
    add_units(scratch, 1)
    with pytest.raises(errors.UniqueViolation):
        scratch.execute("insert into work.unit (run_id, quantum_id) select run_id, quantum_id from work.unit")


def test_a_heartbeat_renews_leases_and_the_worker(scratch: Connection[Any]) -> None:
    add_units(scratch, 2)
    worker, other = enlist(scratch), enlist(scratch)
    claim(scratch, worker, 1, ttl="-1 s")
    claim(scratch, other, 1, ttl="-1 s")
    silence(scratch, worker)
    scratch.execute("select work.heartbeat(%s, '1 minute')", [[worker]])
    assert scratch.execute("select worker_id from work.lease where deadline > now()").fetchall() == [(worker,)]
    assert (
        scratch.execute("select last_seen > now() - interval '9 s' from work.worker order by 1").fetchall()
        == [(True,)] * 2
    )


def test_a_heartbeat_waits_for_nobody_who_settles(owner: Connection[Any], ledger: Settings) -> None:
    add_units(owner, 2)
    worker = enlist(owner)
    leases = claim(owner, worker, 1)
    claim(owner, worker, 1)
    with connect("worker", ledger) as other, owner.transaction():
        settle(owner, leases)
        other.execute("set lock_timeout = '1 s'")
        other.execute("select work.heartbeat(%s, '1 hour')", [[worker]])
    later = owner.execute("select count(*) from work.lease where deadline > now() + interval '50 minutes'").fetchone()
    assert later == (1,)


def test_a_claim_tells_of_units_that_were_submitted_while_it_waited(owner: Connection[Any], ledger: Settings) -> None:
    worker = enlist(owner)
    add_units(owner, 1, run="other", queue=1)
    with connect("worker", ledger) as connection, ThreadPoolExecutor(1) as pool:
        with owner.transaction():
            owner.execute("lock table work.low_water in access exclusive mode")
            claimed = pool.submit(claim_and_read, connection, worker, 2, "1 hour")
            assert wait_for_lock(owner)
            units = add_units(owner, 3)
        found = claimed.result(60)
    assert [unit.unit_id for unit in found] == units[:2]
    assert owner.execute("select unit_id, token from work.lease").fetchall() == [
        (unit.unit_id, unit.token) for unit in found
    ]


def test_four_workers_get_every_unit_exactly_once(owner: Connection[Any], ledger: Settings) -> None:
    units = add_units(owner, 600)
    workers = [enlist(owner) for _ in range(4)]

    def pull(worker: int) -> list[int]:
        got: list[int] = []
        with connect("worker", ledger) as connection:
            while leases := claim(connection, worker, 7):
                got += leases
                settle(connection, leases)
        return got

    with ThreadPoolExecutor(4) as pool:
        got = [unit for part in pool.map(pull, workers) for unit in part]
    assert Counter(got) == Counter(units)
    assert set(column(owner, "attempt", units)) == {1}
    assert count(owner, "work.execution") == len(units)
    assert call(owner, "resolve") == 0
    assert faults(owner) == []
