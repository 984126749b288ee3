"""Registration: finished units through THE transaction, beside one row at a time and the Butler's registry."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from psycopg import Connection

from pipeline.commit import StoredFiles, commit
from pipeline.definition import Pipeline
from pipeline.execute import Done
from pipeline.planner.plan import plan
from pipeline.planner.submit import submit
from schema.ledger.collections import find
from tests.bench.frames import claim_all, finish, register_frames, tasks_of
from tests.bench.ledgers import Ledgers
from tests.bench.measure import Figure, Measure, compare, interleave, seconds
from tests.bench.peer import Peer, butler_of
from tests.bench.peer_rows import commit_rows, read_keys
from tests.bench.size import Size
from tests.support.queue import enlist

BATCHES = {1: 1, 10: 4, 50: 8}  # size of a batch, and how many units are registered with it
SLOW = 10  # what takes so long per unit gets fewer
TYPES = ("bench_first", "bench_second", "bench_third")
Register = Callable[[list[Done], StoredFiles], object]


@dataclass(frozen=True)
class Bench:
    """A ledger with frames, and plans to register the results of."""

    owner: Connection[Any]
    connection: Connection[Any]  # a worker's
    worker: int
    frames: Sequence[int]
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def measure(self, name: str, n: int, register: Register) -> Mapping[str, float]:
        """Plan and claim n units, then register them; give the seconds per unit of the last step."""
        number = next(self.numbers)
        pipeline = Pipeline(name="bench", description="Merge.", tasks={"bench_merge": {"number": number}})
        planned = plan(self.owner, pipeline, find(self.owner, ["Toy/raw"]), self.frames[:n])
        submit(self.owner, planned, f"run {number}")
        done, stored = finish(claim_all(self.connection, self.worker))
        if len(done) != n:
            raise RuntimeError(f"{len(done)} of {n} units could be claimed")
        time = seconds(lambda: register(done, stored))
        self.owner.execute("select work.resolve()")
        return {name: time / n}

    def by_batches(self, batch: int, done: list[Done], stored: StoredFiles) -> None:
        """Register as workers do."""
        for begin in range(0, len(done), batch):
            commit(self.connection, done[begin : begin + batch], stored)

    def by_rows(self, done: list[Done], stored: StoredFiles) -> None:
        """Register as sessions of objects do."""
        keys = read_keys(self.owner)
        for one in done:
            commit_rows(self.owner, one, stored, keys)


def run(ledgers: Ledgers, size: Size) -> Iterator[Figure]:
    """Measure batches of 1, 10 and 50 units of three inputs, one output and two metrics."""
    with ExitStack() as stack:
        stack.enter_context(tasks_of("tests.bench.merge"))
        ledger = stack.enter_context(ledgers.fresh())
        owner, worker = (stack.enter_context(ledger.connect(role)) for role in ("owner", "worker"))
        most = size.batches * max(BATCHES.values())
        frames = register_frames(owner, TYPES, most)
        bench = Bench(owner, worker, enlist(owner), frames)
        butler = stack.enter_context(butler_of(ledgers, most))
        for batch, many in BATCHES.items():
            n = size.batches * many
            peers: dict[str, Measure] = {
                "a statement per row": partial(bench.measure, "a statement per row", size.batches, bench.by_rows)
            }
            if butler:
                ways = {
                    "Butler, ingest of the batch": (n, batch),
                    "Butler, a dataset at a time": (max(1, size.batches // SLOW), 0),
                }
                peers |= {name: partial(_ask, butler, name, *way) for name, way in ways.items()}
            ours = partial(bench.measure, "commit", n, partial(bench.by_batches, batch))
            found = interleave(size, [ours, *peers.values()])
            for name in peers:
                goal = 10 if name.startswith("Butler") else None
                yield compare(f"registration, batch {batch}", "units/s", found, "commit", name, goal)


def _ask(butler: Peer, name: str, n: int, batch: int) -> Mapping[str, float]:
    """Let the Butler register the datasets of n units; give the seconds per unit."""
    return {name: butler.ask("register", n=n, batch=batch)}
