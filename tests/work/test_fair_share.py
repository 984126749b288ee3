"""Fair share: runs get workers by weight, exactly, and idleness earns no credit."""

from collections import Counter
from typing import Any

import pytest
from psycopg import Connection, errors

from tests.support.queue import add_units, call, claim, column, enlist, fail, faults, settle, wake

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]


def shares(connection: Connection[Any], worker: int, n: int, batch: int = 1) -> dict[int, int]:
    """Claim n units in batches; give how many each run got."""
    claimed = [unit for _ in range(n // batch) for unit in claim(connection, worker, batch)]
    return Counter(column(connection, "run_id", claimed))


def run_of(connection: Connection[Any], unit: int) -> int:
    return int(column(connection, "run_id", [unit])[0])


def test_weights_one_to_three_give_one_to_three_whatever_is_claimed_at_once(scratch: Connection[Any]) -> None:
    worker = enlist(scratch)
    runs = [add_units(scratch, 10_000, run=run, weight=weight)[0] for run, weight in (("light", 1.0), ("heavy", 3.0))]
    light, heavy = (run_of(scratch, unit) for unit in runs)
    for batch in (1, 10, 50):
        got = shares(scratch, worker, 400, batch)
        assert got[light] == pytest.approx(100, abs=2), batch
        assert got[light] + got[heavy] == 400


def test_a_backlog_that_was_alone_for_long_has_no_credit_and_no_debt(scratch: Connection[Any]) -> None:
    first = add_units(scratch, 2_000, run="light", weight=1.0)
    worker = enlist(scratch)
    claim(scratch, worker, 1_000)
    second = add_units(scratch, 1_000, run="heavy", weight=3.0)
    assert shares(scratch, worker, 400, 10) == {run_of(scratch, first[0]): 100, run_of(scratch, second[0]): 300}


def test_another_weight_counts_at_once_for_what_waits(scratch: Connection[Any]) -> None:
    worker = enlist(scratch)
    one, other = (run_of(scratch, add_units(scratch, 2_000, run=run)[0]) for run in ("one", "other"))
    assert shares(scratch, worker, 100, 10) == {one: 50, other: 50}
    assert call(scratch, "weigh", one, 3.0) == 1_950
    assert shares(scratch, worker, 400, 10)[one] == pytest.approx(300, abs=2)
    assert call(scratch, "weigh", one, 1.0) == pytest.approx(1_650, abs=2)
    assert shares(scratch, worker, 400, 10)[one] == pytest.approx(200, abs=2)
    # What becomes ready from now on has its place behind what waits, at the new weight.
    before = scratch.execute("select max(vtime) from work.unit where run_id = %s and state = 'ready'", [one]).fetchone()
    late = add_units(scratch, 2, run="one")
    assert before
    assert column(scratch, "vtime", late) == pytest.approx([before[0] + 1000, before[0] + 2000])
    assert faults(scratch) == []


def test_the_same_weight_once_more_changes_nothing(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 3, weight=2.0)
    before = column(scratch, "vtime", units)
    assert call(scratch, "weigh", run_of(scratch, units[0]), 2.0) == 0
    assert column(scratch, "vtime", units) == before


@pytest.mark.parametrize("weight", ["0", "-1", "infinity", "nan"])
def test_a_weight_that_divides_nothing_is_refused(scratch: Connection[Any], weight: str) -> None:
    run = run_of(scratch, add_units(scratch, 1)[0])
    with pytest.raises(errors.CheckViolation, match="weight_positive"):
        call(scratch, "weigh", run, weight)


def test_runs_of_equal_weight_alternate(scratch: Connection[Any]) -> None:
    first = add_units(scratch, 50, run="a")
    second = add_units(scratch, 50, run="b")
    claimed = list(claim(scratch, enlist(scratch), 100))
    assert Counter(unit in set(first) for unit in claimed[:20]) in ({True: 10, False: 10}, {True: 11, False: 9})
    assert set(claimed) == {*first, *second}


def test_long_units_count_for_more(scratch: Connection[Any]) -> None:
    long = add_units(scratch, 100, run="long", est_ms=4000)
    short = add_units(scratch, 400, run="short", est_ms=1000)
    got = shares(scratch, enlist(scratch), 250)
    assert got[run_of(scratch, short[0])] / got[run_of(scratch, long[0])] == pytest.approx(4, abs=0.2)


def test_a_run_that_comes_late_starts_where_the_others_are(scratch: Connection[Any]) -> None:
    worker = enlist(scratch)
    idle = add_units(scratch, 1, run="idle")
    settle(scratch, claim(scratch, worker))
    busy = add_units(scratch, 2_000, run="busy")
    claim(scratch, worker, 1_000)
    add_units(scratch, 500, run="idle")
    got = shares(scratch, worker, 100)
    assert got[run_of(scratch, busy[0])] == pytest.approx(50, abs=1)
    assert got[run_of(scratch, idle[0])] == pytest.approx(50, abs=1)


def test_an_old_unit_at_the_head_of_the_line_gives_nobody_credit(scratch: Connection[Any]) -> None:
    worker = enlist(scratch)
    busy = add_units(scratch, 2_000, run="busy")
    old = claim(scratch, worker, 1)
    claim(scratch, worker, 1_000)
    fail(scratch, *old.popitem(), retry=True)  # it keeps its first tag
    wake(scratch)
    late = add_units(scratch, 500, run="late")
    got = shares(scratch, worker, 100)
    assert got[run_of(scratch, busy[0])] == pytest.approx(50, abs=2)
    assert got[run_of(scratch, late[0])] == pytest.approx(50, abs=2)


@pytest.mark.parametrize(("queue", "priority"), [(0, 100), (1, 10)])
def test_the_place_of_a_new_run_is_asked_of_its_own_line(scratch: Connection[Any], queue: int, priority: int) -> None:
    worker = enlist(scratch)
    busy = add_units(scratch, 2_000, run="busy", queue=1)
    claim(scratch, worker, 1_000, queue=1)
    # Another line is served first, and has come less far.
    scratch.execute("delete from work.place where queue <> 1 or priority <> 100")
    other = add_units(scratch, 10, run="other", queue=queue, priority=priority)
    scratch.execute("update work.ready set vtime = 0 where unit_id = any(%s)", [other])
    scratch.execute("delete from work.place where queue <> 1 or priority <> 100")
    late = add_units(scratch, 500, run="late", queue=1)
    claim(scratch, worker, 10, queue=queue)
    got: Counter[int] = Counter()
    for _ in range(100):
        (unit,) = claim(scratch, worker, 1, queue=1)
        got[run_of(scratch, unit)] += 1
    assert got[run_of(scratch, busy[0])] == pytest.approx(50, abs=2)
    assert got[run_of(scratch, late[0])] == pytest.approx(50, abs=2)


def test_a_batch_of_two_priorities_moves_each_line_as_far_as_its_own_units(scratch: Connection[Any]) -> None:
    worker = enlist(scratch)
    far = add_units(scratch, 100, run="far", priority=50)
    near = add_units(scratch, 2, run="near", priority=100)
    claim(scratch, worker, 101)
    late = add_units(scratch, 1, run="late", priority=100)
    assert column(scratch, "vtime", [far[-1], near[0], *late]) == [100_000, 1_000, 2_000]


def test_a_retried_attempt_is_charged_once(scratch: Connection[Any]) -> None:
    add_units(scratch, 1)
    worker = enlist(scratch)
    before = scratch.execute("select vtime from work.place").fetchone()
    fail(scratch, *claim(scratch, worker).popitem(), retry=True)
    call(scratch, "resolve")
    assert scratch.execute("select vtime from work.place").fetchone() == before


def test_what_a_run_gets_in_one_queue_does_not_delay_it_in_another(scratch: Connection[Any]) -> None:
    worker = enlist(scratch)
    one = add_units(scratch, 2_000, run="one")
    claim(scratch, worker, 1_000)
    other = add_units(scratch, 1, run="other", queue=1)
    run_id = run_of(scratch, other[0])
    with_both = add_units(scratch, 500, run="other")
    got = shares(scratch, worker, 100)
    assert got[run_of(scratch, one[0])] == pytest.approx(50, abs=2)
    assert got[run_id] == got[run_of(scratch, with_both[0])] == pytest.approx(50, abs=2)


def test_a_run_that_is_taken_up_again_owes_nothing_for_what_was_cancelled(scratch: Connection[Any]) -> None:
    worker = enlist(scratch)
    stays, comes_back = (add_units(scratch, 2_000, run=name) for name in ("stays", "back"))
    shares(scratch, worker, 100)
    run_id = run_of(scratch, comes_back[0])
    call(scratch, "cancel", run_id)
    shares(scratch, worker, 100)
    call(scratch, "resume", run_id)
    got = shares(scratch, worker, 100)
    assert got[run_of(scratch, stays[0])] == pytest.approx(50, abs=2)
    assert got[run_id] == pytest.approx(50, abs=2)
