"""Planning: quanta per second into a new run, and into a run that reuses everything."""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from psycopg import Connection, sql

from pipeline.commit import commit
from pipeline.planner.graph import Plan
from pipeline.planner.submit import submit
from tests.bench.frames import claim_all, finish, register_frames, tasks_of
from tests.bench.ledgers import Ledgers
from tests.bench.measure import Figure, compare, interleave, seconds
from tests.bench.size import Size
from tests.support.queue import call, enlist
from tests.support.runs import plan_toys

GOAL = 60 / 100_000  # to plan and submit a quantum [s]
ROUNDS = 3
RUN = "select {} from work.unit where run_id = (select run_id from public.run where run = %s)"
# What a submission writes, and which key says that a row is of the run.
COPIES = {
    "registry.quantum": "quantum_id",
    "work.unit": "unit_id",
    "work.unit_input": "unit_id",
    "work.dependency": "unit_id",
    "work.ready": "unit_id",
}


@dataclass(frozen=True)
class Bench:
    """A ledger with frames to plan on."""

    owner: Connection[Any]
    connection: Connection[Any]  # a worker's
    admin: Connection[Any]
    worker: int
    quanta: int
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def measure(self) -> Mapping[str, float]:
        """Plan and submit quanta that nobody knows, finish them, then plan and submit the same again."""
        number = next(self.numbers)
        planning, planned = self._plan(number)
        submitting = seconds(lambda: submit(self.owner, planned, f"run {number}"))
        copying = self._copy(number)
        self._finish()
        replanning, again = self._plan(number)
        if len(planned.to_run) != self.quanta or again.to_run:
            raise RuntimeError(f"{len(planned.to_run)} of {self.quanta} quanta were new, then {len(again.to_run)}")
        resubmitting = seconds(lambda: submit(self.owner, again, f"run {number}, again"))
        times = {
            "plan": planning,
            "submit": submitting,
            "plan and submit": planning + submitting,
            "insert ... select": copying,
            "plan and submit, all reused": replanning + resubmitting,
        }
        return {name: time / self.quanta for name, time in times.items()} | {"100,000 in 60 s": GOAL}

    def _plan(self, number: int) -> tuple[float, Plan]:
        """Plan; another sleep is another configuration, hence other quanta."""
        found: list[Plan] = []
        time = seconds(lambda: found.append(plan_toys(self.owner, sleep=1e-6 * number)))
        return time, found[0]

    def _copy(self, number: int) -> float:
        """Write the rows of a run into tables that are like those of the ledger; give how long that took [s].

        It happens within the server: no text is parsed, and no key of another table is checked.
        """
        keys = {
            key: [row[0] for row in self.admin.execute(sql.SQL(RUN).format(sql.Identifier(key)), [f"run {number}"])]
            for key in ("quantum_id", "unit_id")
        }
        make = sql.SQL("create table if not exists {} (like {} including all)")
        for table in COPIES:
            self.admin.execute(make.format(_copied(table), sql.SQL(table)))
        return seconds(lambda: self._insert(keys))

    def _insert(self, keys: Mapping[str, list[int]]) -> None:
        statement = sql.SQL("insert into {} overriding system value select * from {} where {} = any(%s)")
        with self.admin.transaction():
            for table, key in COPIES.items():
                place = _copied(table), sql.SQL(table), sql.Identifier(key)
                self.admin.execute(statement.format(*place), [keys[key]])

    def _finish(self) -> None:
        """Register results for everything that is planned."""
        while units := claim_all(self.connection, self.worker):
            done, stored = finish(units)
            for begin in range(0, len(done), 500):
                commit(self.connection, done[begin : begin + 500], stored)
            call(self.owner, "resolve")
        self.owner.execute("analyze")


def _copied(table: str) -> sql.Identifier:
    return sql.Identifier("public", "copy_of_" + table.partition(".")[2])


def run(ledgers: Ledgers, size: Size) -> Iterator[Figure]:
    """Measure two tasks, one after the other, on a toy camera."""
    with ExitStack() as stack:
        stack.enter_context(tasks_of("tests.support.toys"))
        ledger = stack.enter_context(ledgers.fresh())
        owner, worker = (stack.enter_context(ledger.connect(role)) for role in ("owner", "worker"))
        admin = stack.enter_context(ledger.administer())
        register_frames(owner, ["raw_image"], size.quanta // 2)
        bench = Bench(owner, worker, admin, enlist(owner), size.quanta)
        # A round takes minutes, and what is warm after one is warm within it.
        found = interleave(replace(size, warm_ups=0, rounds=min(size.rounds, ROUNDS)), [bench.measure])
    name = f"planning, {size.quanta} quanta"
    yield compare(name, "quanta/s", found, "plan and submit", "100,000 in 60 s", goal=1)
    yield compare(name, "quanta/s", found, "plan and submit", "insert ... select")
    yield compare(name, "quanta/s", found, "submit", "insert ... select")
    yield compare(name, "quanta/s", found, "plan and submit, all reused", "plan and submit")
