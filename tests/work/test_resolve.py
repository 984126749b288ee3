"""The resolver: dependents go when their inputs are committed, and are blocked when they cannot come."""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
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
    drain,
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
DIAMOND = [(0, 1), (0, 2), (1, 3), (2, 3)]


def test_a_diamond_is_worked_from_top_to_bottom(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 4, hard=DIAMOND)
    worker = enlist(scratch)
    assert column(scratch, "unmet", units) == [0, 1, 1, 2]
    settle(scratch, claim(scratch, worker))
    assert call(scratch, "resolve") == 2
    leases = claim(scratch, worker)
    assert list(leases) == units[1:3]
    settle(scratch, {units[1]: leases[units[1]]})
    assert call(scratch, "resolve") == 0
    assert states(scratch, units) == ["done", "done", "leased", "waiting"]
    settle(scratch, {units[2]: leases[units[2]]})
    assert call(scratch, "resolve") == 1
    assert list(claim(scratch, worker)) == units[3:]
    assert faults(scratch) == []


def test_a_unit_whose_count_is_wrong_stops_no_other(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 4, hard=[(0, 1), (2, 3)])
    scratch.execute("update work.unit set unmet = 0 where unit_id = %s", [units[1]])
    settle(scratch, claim(scratch, enlist(scratch)))
    assert call(scratch, "resolve") == 1
    assert states(scratch, units) == ["done", "waiting", "done", "ready"]


def test_many_inputs_of_one_unit_are_taken_off_together(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 501, hard=[(number, 500) for number in range(500)])
    worker = enlist(scratch)
    settle(scratch, claim(scratch, worker, 499))
    assert call(scratch, "resolve") == 0
    assert column(scratch, "unmet", units[500:]) == [1]
    settle(scratch, claim(scratch, worker, 50))
    assert call(scratch, "resolve") == 1
    assert list(claim(scratch, worker)) == units[500:]


def test_reused_results_free_dependents_too(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 2, hard=[(0, 1)])
    worker = enlist(scratch)
    settle(scratch, claim(scratch, worker), reused=True)
    assert call(scratch, "resolve") == 1
    assert states(scratch, units) == ["reused", "ready"]


def test_a_dead_unit_blocks_all_below_and_nothing_else(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 6, hard=[*DIAMOND, (4, 3), (4, 5)])
    worker = enlist(scratch)
    leases = claim(scratch, worker)
    fail(scratch, units[0], leases[units[0]])
    settle(scratch, {units[4]: leases[units[4]]})
    assert call(scratch, "resolve") == 1
    assert states(scratch, units) == ["dead", "blocked", "blocked", "blocked", "done", "ready"]
    assert column(scratch, "unmet", units) == [0, 1, 1, 2, 0, 0]
    assert faults(scratch) == []
    settle(scratch, claim(scratch, worker))
    call(scratch, "resolve")
    assert scratch.execute("select ended from public.run").fetchall() == [(True,)]


def test_messages_are_read_in_portions_and_none_is_lost(scratch: Connection[Any]) -> None:
    units = add_units(scratch, 20, hard=[(number, number + 10) for number in range(10)])
    settle(scratch, claim(scratch, enlist(scratch)))
    assert [call(scratch, "resolve", 4) for _ in range(4)] == [4, 4, 2, 0]
    assert set(states(scratch, units[10:])) == {"ready"}


def test_nothing_is_freed_before_the_commit(owner: Connection[Any], ledger: Settings) -> None:
    units = add_units(owner, 2, hard=[(0, 1)])
    worker = enlist(owner)
    with connect("worker", ledger) as other:
        leases = claim(other, worker)
        with other.transaction():
            settle(other, leases)
            assert call(owner, "resolve") == 0
        assert states(owner, units) == ["done", "waiting"]
        assert call(owner, "resolve") == 1


def test_one_resolves_at_a_time_and_the_other_passes_by(owner: Connection[Any], ledger: Settings) -> None:
    add_units(owner, 2, hard=[(0, 1)])
    settle(owner, claim(owner, enlist(owner)))
    with connect("worker", ledger) as other:
        with owner.transaction():
            assert call(owner, "resolve") == 1
            assert call(other, "resolve") == -1
        assert call(other, "resolve") == 0
    assert faults(owner) == []


def test_a_reader_cannot_hold_up_the_resolver(owner: Connection[Any], ledger: Settings) -> None:
    with connect("reader", ledger) as reader, pytest.raises(errors.InsufficientPrivilege):
        reader.execute("select from work.resolver for update")


def test_two_resolvers_at_once_free_each_dependent_once(owner: Connection[Any], ledger: Settings) -> None:
    n = 400
    units = add_units(owner, 2 * n, hard=[(number, number + n) for number in range(n)])
    worker = enlist(owner)
    leases = claim(owner, worker, n)
    ended = threading.Event()

    def resolve() -> int:
        freed = 0
        with connect("worker", ledger) as connection:
            while not ended.is_set():
                freed += max(0, call(connection, "resolve", 7))
        return freed

    with ThreadPoolExecutor(2) as pool:
        parts = [pool.submit(resolve) for _ in range(2)]
        listed = list(leases.items())
        for start in range(0, n, 20):
            settle(owner, dict(listed[start : start + 20]))
        while count(owner, "work.settled"):
            assert not any(part.done() for part in parts)
        ended.set()
        assert sum(part.result() for part in parts) == n
    assert set(states(owner, units[n:])) == {"ready"}
    assert faults(owner) == []


class Chance:
    """Somebody who does random things to a queue, the same ones for the same seed."""

    def __init__(self, connection: Connection[Any], seed: int, worker: int) -> None:
        self.connection, self.worker = connection, worker
        self.random = random.Random(seed)
        self.leases: Leases = {}

    def draw(self, n: int) -> list[tuple[int, int]]:
        """Give up to n leases, which are not held any more."""
        drawn = self.random.sample(sorted(self.leases.items()), min(n, len(self.leases)))
        for unit, _ in drawn:
            del self.leases[unit]
        return drawn

    @contextmanager
    def unless_called_off(self) -> Iterator[None]:
        """Bear that a lease was lost to a retry of something else."""
        try:
            with self.connection.transaction():
                yield
        except errors.Error as error:
            if error.sqlstate != "P0L01":
                raise

    def claim(self) -> None:
        self.leases.update(claim(self.connection, self.worker, self.random.randint(1, 6)))

    def settle(self) -> None:
        drawn = dict(sorted(self.draw(self.random.randint(1, 6))))
        with self.unless_called_off():
            settle(self.connection, drawn, reused=self.random.random() < 0.2)

    def fail(self) -> None:
        for unit, token in self.draw(2):
            with self.unless_called_off():
                fail(self.connection, unit, token, retry=self.random.random() < 0.4)

    def give_back(self) -> None:
        give_back(self.connection, dict(self.draw(3)))

    def resolve(self) -> None:
        wake(self.connection)
        call(self.connection, "resolve", self.random.choice([2, 20000]))

    def retry(self) -> None:
        dead = self.connection.execute("select unit_id from work.unit where state = 'dead' order by 1").fetchall()
        chosen = self.random.sample(dead, self.random.randint(0, len(dead)))
        call(self.connection, "retry", [unit for (unit,) in chosen])

    def cancel(self) -> None:
        runs = [run for (run,) in self.connection.execute("select run_id from work.share order by 1")]
        call(self.connection, self.random.choice(["cancel", "resume", "resume"]), self.random.choice(runs))

    def hold(self) -> None:
        runs = [run for (run,) in self.connection.execute("select run_id from work.share order by 1")]
        call(self.connection, self.random.choice(["pause", "unpause", "unpause"]), self.random.choice(runs))
        call(self.connection, "weigh", self.random.choice(runs), self.random.choice([0.5, 1.0, 3.0]))

    def vanish(self) -> None:
        silence(self.connection, self.worker)
        call(self.connection, "reap")
        self.worker, self.leases = enlist(self.connection), {}

    def act(self) -> None:
        """Do one of these things."""
        actions: list[Callable[[], None]] = [
            self.claim,
            self.settle,
            self.fail,
            self.give_back,
            self.resolve,
            self.retry,
            self.cancel,
            self.hold,
            self.vanish,
        ]
        self.random.choices(actions, [8, 8, 3, 1, 6, 3, 2, 2, 1])[0]()


@pytest.mark.parametrize("seed", range(8))
def test_any_history_of_any_graph_keeps_the_counts_and_comes_to_an_end(scratch: Connection[Any], seed: int) -> None:
    dice = random.Random(seed)
    pairs = [(needs, waits) for waits in range(18) for needs in range(waits) if dice.random() < 2.5 / (waits + 1)]
    soft = [pair for pair in pairs if dice.random() < 0.3]
    units = add_units(scratch, 18, hard=sorted(set(pairs) - set(soft)), soft=soft)
    somebody = Chance(scratch, seed, enlist(scratch))
    for step in range(120):
        somebody.act()
        assert faults(scratch) == [], f"after step {step}"
    somebody.vanish()
    scratch.execute("select work.unpause(run_id), work.resume(run_id) from work.share")
    assert faults(scratch) == []
    for _ in range(len(units)):
        drain(scratch, somebody.worker)
        dead = scratch.execute("select array_agg(unit_id) from work.unit where state = 'dead'").fetchone()
        if not dead or dead[0] is None:
            break
        call(scratch, "retry", dead[0])
    assert set(states(scratch, units)) <= {"done", "reused"}
    assert count(scratch, "work.settled") == 0
    assert faults(scratch) == []


def test_four_workers_who_do_everything_at_once_never_wait_in_a_circle(
    owner: Connection[Any], ledger: Settings
) -> None:
    edges = [(number, 40 + number // 4) for number in range(40)]
    runs = [add_units(owner, 53, hard=edges, soft=[(n, 50 + n % 3) for n in range(50)], run=run) for run in ("a", "b")]
    workers = [enlist(owner) for _ in range(4)]

    def behave(number: int) -> None:
        with connect("owner", ledger) as connection:
            somebody = Chance(connection, number, workers[number])
            for _ in range(150):
                somebody.act()
            somebody.vanish()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(behave, number) for number in range(4)]:
            done.result()
    assert faults(owner) == []
    owner.execute("select work.unpause(run_id), work.resume(run_id) from work.share")
    while dead := owner.execute(
        "select array_agg(unit_id) from work.unit where state = 'dead' having count(*) > 0"
    ).fetchone():
        call(owner, "retry", dead[0])
        drain(owner, enlist(owner))
    drain(owner, enlist(owner))
    assert set(states(owner, runs[0] + runs[1])) <= {"done", "reused"}
