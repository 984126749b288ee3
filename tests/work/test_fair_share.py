"""Fair share: runs get workers by weight, exactly, and idleness earns no credit."""

from collections import Counter
from typing import Any

import pytest
from psycopg import Connection

from tests.support.queue import add_units, call, claim, column, enlist, fail, settle, wake

pytestmark = pytest.mark.database


def shares(connection: Connection[Any], worker: int, n: int) -> dict[int, int]:
    """Claim n units one by one; give how many each run got."""
    runs = Counter[int]()
    for _ in range(n):
        (unit,) = claim(connection, worker, 1)
        runs[column(connection, "run_id", [unit])[0]] += 1
    return runs


def run_of(connection: Connection[Any], unit: int) -> int:
    return int(column(connection, "run_id", [unit])[0])


def test_weights_one_to_three_give_one_to_three_exactly(owner: Connection[Any]) -> None:
    first = add_units(owner, 10_000, run="light", weight=1.0)
    worker = enlist(owner)
    claim(owner, worker, 7_000)  # the light run has been alone for long
    second = add_units(owner, 1_000, run="heavy", weight=3.0)
    assert shares(owner, worker, 400) == {run_of(owner, first[0]): 100, run_of(owner, second[0]): 300}


def test_runs_of_equal_weight_alternate(owner: Connection[Any]) -> None:
    first = add_units(owner, 50, run="a")
    second = add_units(owner, 50, run="b")
    claimed = list(claim(owner, enlist(owner), 100))
    assert Counter(unit in set(first) for unit in claimed[:20]) in ({True: 10, False: 10}, {True: 11, False: 9})
    assert set(claimed) == {*first, *second}


def test_long_units_count_for_more(owner: Connection[Any]) -> None:
    long = add_units(owner, 100, run="long", est_ms=4000)
    short = add_units(owner, 400, run="short", est_ms=1000)
    got = shares(owner, enlist(owner), 250)
    assert got[run_of(owner, short[0])] / got[run_of(owner, long[0])] == pytest.approx(4, abs=0.2)


def test_a_run_that_comes_late_starts_where_the_others_are(owner: Connection[Any]) -> None:
    worker = enlist(owner)
    idle = add_units(owner, 1, run="idle")
    settle(owner, claim(owner, worker))
    busy = add_units(owner, 2_000, run="busy")
    claim(owner, worker, 1_000)
    add_units(owner, 500, run="idle")
    got = shares(owner, worker, 100)
    assert got[run_of(owner, busy[0])] == pytest.approx(50, abs=1)
    assert got[run_of(owner, idle[0])] == pytest.approx(50, abs=1)


def test_an_old_unit_at_the_head_of_the_line_gives_nobody_credit(owner: Connection[Any]) -> None:
    worker = enlist(owner)
    busy = add_units(owner, 2_000, run="busy")
    old = claim(owner, worker, 1)
    claim(owner, worker, 1_000)
    fail(owner, *old.popitem(), retry=True)  # it keeps its first tag
    wake(owner)
    late = add_units(owner, 500, run="late")
    got = shares(owner, worker, 100)
    assert got[run_of(owner, busy[0])] == pytest.approx(50, abs=2)
    assert got[run_of(owner, late[0])] == pytest.approx(50, abs=2)


@pytest.mark.parametrize("line", [{"queue": 0}, {"priority": 10}])
def test_the_place_of_a_new_run_is_asked_of_its_own_line(owner: Connection[Any], line: dict[str, int]) -> None:
    worker = enlist(owner)
    busy = add_units(owner, 2_000, run="busy", queue=1)
    claim(owner, worker, 1_000, queue=1)
    # Another line is served first, and has come less far.
    owner.execute("update work.share set vtime = 0")
    other = add_units(owner, 10, run="other", **{"queue": 1, **line})
    owner.execute("update work.ready set vtime = 0 where unit_id = any(%s)", [other])
    owner.execute("update work.share set vtime = 0")
    late = add_units(owner, 500, run="late", queue=1)
    claim(owner, worker, 10, queue=line.get("queue", 1))
    got: Counter[int] = Counter()
    for _ in range(100):
        (unit,) = claim(owner, worker, 1, queue=1)
        got[run_of(owner, unit)] += 1
    assert got[run_of(owner, busy[0])] == pytest.approx(50, abs=2)
    assert got[run_of(owner, late[0])] == pytest.approx(50, abs=2)


def test_a_retried_attempt_is_charged_once(owner: Connection[Any]) -> None:
    add_units(owner, 1)
    worker = enlist(owner)
    before = owner.execute("select vtime from work.share").fetchone()
    fail(owner, *claim(owner, worker).popitem(), retry=True)
    call(owner, "resolve")
    assert owner.execute("select vtime from work.share").fetchone() == before
