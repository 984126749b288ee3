"""An old snapshot keeps the traces of what was claimed; claims do not walk over them."""

from typing import Any

import pytest
from psycopg import Connection

from schema.connect import connect
from schema.settings import Settings
from tests.support.queue import add_units, call, claim, drain, enlist, fail, faults, give_back, settle, wake

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]

BATCH, STEP = 10, 500  # units of a claim; leases after which the mark is raised
AT_MARK = """
select r.unit_id from work.ready r join work.low_water m using (queue)
where r.not_before = '-infinity' and (r.priority, r.vtime) = (m.priority, m.vtime)"""
WALKED = """
select idx_tup_read from pg_stat_user_indexes where schemaname = 'work' and indexrelname = 'ready_pick_idx'"""


def work(connection: Connection[Any], worker: int, batch: int, n: int) -> None:
    """Claim and settle so many batches, as workers do."""
    for _ in range(n):
        settle(connection, claim(connection, worker, batch))
        call(connection, "resolve")


def walked(connection: Connection[Any]) -> int:
    """Count the entries of the index that were looked at so far, dead ones too."""
    connection.execute("select pg_stat_force_next_flush()")
    row = connection.execute(WALKED).fetchone()
    assert row
    return int(row[0])


def cost(connection: Connection[Any], worker: int, n: int) -> float:
    """Give how many entries of the index a claim looks at, over n claims."""
    before = walked(connection)
    for _ in range(n):
        claim(connection, worker, BATCH)
    return (walked(connection) - before) / n


def test_a_pinned_snapshot_makes_no_claim_walk_over_all_that_was_claimed(
    owner: Connection[Any], ledger: Settings
) -> None:
    worker = enlist(owner)
    add_units(owner, 6000)
    assert cost(owner, worker, 5) <= 2 * BATCH
    with connect("owner", ledger, autocommit=False) as reader:
        reader.execute("set transaction isolation level repeatable read")
        reader.execute("select count(*) from work.ready")
        work(owner, worker, 50, 100)
        assert cost(owner, worker, 5) <= STEP + 6 * BATCH
        owner.execute("delete from work.low_water")
        assert cost(owner, worker, 5) > 5000  # what it would be without the mark


def at_mark(connection: Connection[Any]) -> int:
    """Raise the mark to the head of the queue; give the unit there."""
    connection.execute("select work.raise_low_water(0)")
    row = connection.execute(AT_MARK).fetchone()
    assert row
    return int(row[0])


def test_what_comes_back_into_the_queue_lowers_the_mark(scratch: Connection[Any]) -> None:
    worker = enlist(scratch)
    units = add_units(scratch, 30)
    leases = claim(scratch, worker, 20)
    assert at_mark(scratch) == units[20]
    fail(scratch, units[0], leases.pop(units[0]), retry=True)
    give_back(scratch, dict([leases.popitem()]))
    assert list(claim(scratch, worker, 1)) == [units[20]]
    wake(scratch)
    assert list(claim(scratch, worker, 3)) == [units[0], units[19], units[21]]


def test_what_is_more_urgent_lowers_the_mark(scratch: Connection[Any]) -> None:
    worker = enlist(scratch)
    add_units(scratch, 30)
    claim(scratch, worker, 20)
    at_mark(scratch)
    urgent = add_units(scratch, 2, run="urgent", priority=10)
    assert list(claim(scratch, worker, 2)) == urgent
    light = add_units(scratch, 2, run="light", est_ms=1)
    assert set(light) <= set(claim(scratch, worker, 4))


def test_a_mark_that_is_raised_at_every_step_hides_nothing(scratch: Connection[Any]) -> None:
    worker = enlist(scratch)
    units = add_units(scratch, 20, hard=[(n, n + 1) for n in range(0, 18, 2)])
    for _ in units:
        scratch.execute("select work.raise_low_water(0)")
        for unit, token in claim(scratch, worker, 3).items():
            fail(scratch, unit, token, retry=True)
        drain(scratch, worker)
    assert faults(scratch) == []
    assert scratch.execute("select count(*) from work.unit where state <> 'done'").fetchone() == (0,)
