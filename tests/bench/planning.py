"""Planning: quanta per second into a new run, and into a run that reuses everything."""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
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

# The rows that a submission writes, copied within the server: no keys of others are checked, no text is parsed.
COPIES = {
    "registry.quantum": "quantum_id in (select quantum_id from work.unit where run_id = {run})",
    "work.unit": "run_id = {run}",
    "work.unit_input": "unit_id in (select unit_id from work.unit where run_id = {run})",
    "work.dependency": "unit_id in (select unit_id from work.unit where run_id = {run})",
    "work.ready": "unit_id in (select unit_id from work.unit where run_id = {run})",
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
        copying = seconds(lambda: self._copy(planned_run(self.owner, number)))
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
        return {name: time / self.quanta for name, time in times.items()}

    def _plan(self, number: int) -> tuple[float, Plan]:
        """Plan; another sleep is another configuration, hence other quanta."""
        found: list[Plan] = []
        time = seconds(lambda: found.append(plan_toys(self.owner, sleep=1e-6 * number)))
        return time, found[0]

    def _copy(self, run: int) -> None:
        """Write the rows of a run into tables that are like those of the ledger."""
        with self.admin.transaction():
            for table, condition in COPIES.items():
                copy = sql.Identifier("public", "copy_" + table.partition(".")[2])
                place = sql.SQL(table)
                self.admin.execute(sql.SQL("create table if not exists {} (like {} including all)").format(copy, place))
                rows = sql.SQL(condition).format(run=run)
                self.admin.execute(
                    sql.SQL("insert into {} overriding system value select * from {} where {}").format(
                        copy, place, rows
                    )
                )

    def _finish(self) -> None:
        """Register results for everything that is planned."""
        while units := claim_all(self.connection, self.worker):
            done, stored = finish(units)
            for begin in range(0, len(done), 500):
                commit(self.connection, done[begin : begin + 500], stored)
            call(self.owner, "resolve")
        self.owner.execute("analyze")


def planned_run(owner: Connection[Any], number: int) -> int:
    """Give the key of a run."""
    row = owner.execute("select run_id from public.run where run = %s", [f"run {number}"]).fetchone()
    assert row
    return int(row[0])


def run(ledgers: Ledgers, size: Size) -> Iterator[Figure]:
    """Measure two tasks, one after the other, on a toy camera."""
    with ExitStack() as stack:
        stack.enter_context(tasks_of("tests.support.toys"))
        ledger = stack.enter_context(ledgers.fresh())
        owner, worker = (stack.enter_context(ledger.connect(role)) for role in ("owner", "worker"))
        admin = stack.enter_context(ledger.administer())
        register_frames(owner, ["raw_image"], size.quanta // 2)
        bench = Bench(owner, worker, admin, enlist(owner), size.quanta)
        found = interleave(size, [bench.measure])
    name = f"planning, {size.quanta} quanta"
    yield compare(name, "quanta/s", found, "plan and submit", "insert ... select")
    yield compare(name, "quanta/s", found, "submit", "insert ... select")
    yield compare(name, "quanta/s", found, "plan and submit, all reused", "plan and submit")
