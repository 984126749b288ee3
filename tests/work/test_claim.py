"""Claims: the right units, in the right order, each to one worker only."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
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
)

pytestmark = pytest.mark.database


def test_units_are_claimed_by_priority_then_in_order(owner: Connection[Any]) -> None:
    late = add_units(owner, 3, run="a", priority=100)
    soon = add_units(owner, 3, run="b", priority=50)
    worker = enlist(owner)
    assert list(claim(owner, worker, 2)) == soon[:2]
    assert list(claim(owner, worker, 3)) == [soon[2], *late[:2]]
    assert list(claim(owner, worker, 3)) == [late[2]]
    assert claim(owner, worker, 3) == {}


def test_a_batch_of_two_priorities_is_worked_in_their_order(owner: Connection[Any]) -> None:
    late = add_units(owner, 2, run="a", priority=100)  # its virtual times are the smaller ones
    soon = add_units(owner, 2, run="b", priority=50)
    assert list(claim(owner, enlist(owner), 4)) == soon + late


def test_a_claim_leases_and_counts_the_attempt(owner: Connection[Any]) -> None:
    units = add_units(owner, 5)
    worker = enlist(owner)
    leases = claim(owner, worker, 4, ttl="5 minutes")
    assert list(leases) == units[:4]
    assert list(leases.values()) == sorted(set(leases.values()))
    assert states(owner, units) == ["leased"] * 4 + ["ready"]
    assert column(owner, "attempt", units) == [1, 1, 1, 1, 0]
    rows = owner.execute("select unit_id, token, worker_id, batch from work.lease order by token").fetchall()
    assert rows == [(unit, token, worker, 4) for unit, token in leases.items()]
    term = owner.execute("select distinct deadline - acquired_at between '299 s' and '301 s' from work.lease").fetchall()
    assert term == [(True,)]
    assert faults(owner) == []


def test_a_claim_tells_quantum_run_and_attempt(owner: Connection[Any]) -> None:
    (unit,) = add_units(owner, 1)
    row = owner.execute("select * from work.claim(%s, 0::smallint, 1, '1 minute')", [enlist(owner)]).fetchone()
    known = owner.execute("select quantum_id, run_id from work.unit").fetchone()
    assert row
    assert known
    assert (row[0], *row[2:]) == (unit, *known, 1)


def test_a_worker_pulls_from_its_queue_only(owner: Connection[Any]) -> None:
    add_units(owner, 2, queue=1)
    worker = enlist(owner)
    assert claim(owner, worker, queue=0) == {}
    assert len(claim(owner, worker, queue=1)) == 2


def test_a_token_is_never_used_again(owner: Connection[Any]) -> None:
    add_units(owner, 1)
    worker = enlist(owner)
    tokens = []
    for _ in range(5):
        leases = claim(owner, worker)
        tokens += leases.values()
        give_back(owner, leases)
    assert tokens == sorted(set(tokens))


def test_what_waits_or_pauses_is_not_claimed(owner: Connection[Any]) -> None:
    units = add_units(owner, 2, hard=[(0, 1)])
    worker = enlist(owner)
    (leased,) = claim(owner, worker).items()
    assert claim(owner, worker) == {}
    fail(owner, *leased, retry=True)
    call(owner, "resolve")
    assert claim(owner, worker) == {}
    assert states(owner, units) == ["ready", "waiting"]


def test_only_an_enlisted_worker_can_claim(owner: Connection[Any]) -> None:
    add_units(owner, 1)
    with pytest.raises(errors.ForeignKeyViolation):
        claim(owner, 4711)
    assert count(owner, "work.ready") == 1


def test_a_unit_is_once_in_a_run(owner: Connection[Any]) -> None:
    add_units(owner, 1)
    with pytest.raises(errors.UniqueViolation):
        owner.execute("insert into work.unit (run_id, quantum_id) select run_id, quantum_id from work.unit")


def test_a_heartbeat_renews_leases_and_the_worker(owner: Connection[Any]) -> None:
    add_units(owner, 2)
    worker, other = enlist(owner), enlist(owner)
    claim(owner, worker, 1, ttl="-1 s")
    claim(owner, other, 1, ttl="-1 s")
    silence(owner, worker)
    owner.execute("select work.heartbeat(%s, '1 minute')", [[worker]])
    assert owner.execute("select worker_id from work.lease where deadline > now()").fetchall() == [(worker,)]
    assert owner.execute("select last_seen > now() - interval '9 s' from work.worker order by 1").fetchall() == [(True,)] * 2


def test_a_heartbeat_waits_for_nobody_who_settles(owner: Connection[Any], ledger: Settings) -> None:
    add_units(owner, 2)
    worker = enlist(owner)
    leases = dict([claim(owner, worker).popitem()])
    with connect("worker", ledger) as other, owner.transaction():
        settle(owner, leases)
        other.execute("set lock_timeout = '1 s'")
        other.execute("select work.heartbeat(%s, '1 hour')", [[worker]])
    later = owner.execute("select count(*) from work.lease where deadline > now() + interval '50 minutes'").fetchone()
    assert later == (1,)


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
