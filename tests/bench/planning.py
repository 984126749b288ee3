"""Planning: quanta per second into a new run, and into a run that reuses everything."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from psycopg import Connection, sql

from pipeline.execute import forget_peak, peak_mb
from pipeline.planner.graph import Plan
from pipeline.planner.submit import submit
from tests.bench.frames import register_frames, tasks_of
from tests.bench.ledgers import Ledgers
from tests.bench.measure import Figure, Rounds, compare, interleave, seconds
from tests.bench.outcomes import end_run
from tests.bench.size import Size
from tests.bench.survey import plan_survey, register_survey
from tests.support.queue import enlist
from tests.support.runs import plan_toys

GOAL = 60 / 100_000  # to plan and submit a quantum [s]
ROUNDS = 3
T = TypeVar("T")
RUN = "select {} from work.unit where run_id = %s"
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
    admin: Connection[Any]
    worker: int
    make: Callable[[int], Plan]  # the plan of a round: another number gives other quanta
    quanta: int
    peaks: list[float] = field(default_factory=list)  # resident memory while it planned and submitted [MiB]
    graphs: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def measure(self) -> Mapping[str, float]:
        """Plan and submit quanta that nobody knows, end them, then plan and submit the same again."""
        number = next(self.numbers)
        forget_peak()
        planning, planned = _timed(lambda: self.make(number))
        submitting, run = _timed(lambda: submit(self.owner, planned, f"run {number}"))
        self.peaks.append(peak_mb())
        self.graphs.append(_size(planned))
        copying = self._copy(run)
        end_run(self.admin, self.worker, planned, run)
        replanning, again = _timed(lambda: self.make(number))
        new, computed = (sum(not one.patient for one in found.to_run) for found in (planned, again))
        if new != self.quanta or computed:
            raise RuntimeError(f"{new} of {self.quanta} quanta were new, then {computed}")
        resubmitting = seconds(lambda: submit(self.owner, again, f"run {number}, again"))
        times = {
            "plan": planning,
            "submit": submitting,
            "plan and submit": planning + submitting,
            "insert ... select": copying,
            "plan and submit, all reused": replanning + resubmitting,
        }
        return {name: time / self.quanta for name, time in times.items()} | {"100,000 in 60 s": GOAL}

    def rounds(self, size: Size) -> Rounds:
        """Measure a few times: a round takes minutes, and what is warm after one is warm within it."""
        return interleave(replace(size, warm_ups=0, rounds=min(size.rounds, ROUNDS)), [self.measure])

    def name(self) -> str:
        """Say what was planned, and what that took of this process."""
        return f"planning, {self.graphs[-1]}, {max(self.peaks):,.0f} MiB at most"

    def _copy(self, run: int) -> float:
        """Write the rows of a run into tables that are like those of the ledger; give how long that took [s].

        It happens within the server: no text is parsed, and no key of another table is checked.
        """
        keys = {
            key: [row[0] for row in self.admin.execute(sql.SQL(RUN).format(sql.Identifier(key)), [run])]
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


def _timed(action: Callable[[], T]) -> tuple[float, T]:
    """Run something; give how long it took [s], and what it gave."""
    found: list[T] = []
    return seconds(lambda: found.append(action())), found[0]


def _size(planned: Plan) -> str:
    """Say how large a graph is."""
    read = {dataset.uid for quantum in planned.quanta for _, _, dataset in quantum.inputs}
    edges = sum(len(quantum.inputs) for quantum in planned.quanta)
    return f"{len(planned.quanta):,} quanta that read {len(read):,} datasets {edges:,} times"


def _copied(table: str) -> sql.Identifier:
    return sql.Identifier("public", "copy_of_" + table.partition(".")[2])


def run(ledgers: Ledgers, size: Size) -> Iterator[Figure]:
    """Measure two toy tasks one after the other, then the pipeline for single frames on a survey with HSC."""
    yield from _toys(ledgers, size)
    yield from _survey(ledgers, size)


def _toys(ledgers: Ledgers, size: Size) -> Iterator[Figure]:
    with ExitStack() as stack:
        stack.enter_context(tasks_of("tests.support.toys"))
        ledger = stack.enter_context(ledgers.fresh())
        owner, admin = stack.enter_context(ledger.connect("owner")), stack.enter_context(ledger.administer())
        register_frames(owner, ["raw_image"], size.quanta // 2)
        bench = Bench(owner, admin, enlist(owner), lambda n: plan_toys(owner, sleep=1e-6 * n), size.quanta)
        found = bench.rounds(size)
    yield compare(bench.name(), "quanta/s", found, "plan and submit", "100,000 in 60 s", goal=1)
    yield compare(bench.name(), "quanta/s", found, "plan and submit", "insert ... select")
    yield compare(bench.name(), "quanta/s", found, "submit", "insert ... select")
    yield compare(bench.name(), "quanta/s", found, "plan and submit, all reused", "100,000 in 60 s", goal=1)


def _survey(ledgers: Ledgers, size: Size) -> Iterator[Figure]:
    with ledgers.fresh() as ledger, ledger.connect("owner") as owner, ledger.administer() as admin:
        images = register_survey(owner, size.visits)
        bench = Bench(owner, admin, enlist(owner), partial(plan_survey, owner), 2 * images)
        found = bench.rounds(size)
    name = f"{bench.name()} (HSC RC2)"
    yield compare(name, "quanta/s", found, "plan and submit", "100,000 in 60 s", goal=1)
    yield compare(name, "quanta/s", found, "plan and submit, all reused", "100,000 in 60 s", goal=1)
