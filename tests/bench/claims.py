"""Claims: units per second through the queue, beside a long history, a textbook queue and the peers."""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from typing import Any

from psycopg import Connection

from schema.connect import connect
from schema.settings import Settings
from tests.bench import peer_queue
from tests.bench.history import add_history
from tests.bench.ledgers import Ledger, Ledgers
from tests.bench.measure import Figure, compare, interleave
from tests.bench.peer_queues import PROCESSES, peer_queues, seconds_each
from tests.bench.peers.talk import Pulled
from tests.bench.size import Size
from tests.support.queue import add_units, call, claim, enlist, settle

BATCHES = (1, 10, 50)
together: Barrier


@dataclass(frozen=True)
class Queue:
    """A queue to pull from: how units come in, and how a process does some and says how many."""

    ledger: Ledger
    worker: int
    step: Callable[[Connection[Any], int, int], int]
    fill: Callable[[Connection[Any], int], object] = add_units


def run(ledgers: Ledgers, size: Size) -> Iterator[Figure]:
    """Measure batches of 1, 10 and 50."""
    with ledgers.fresh() as ledger, _pullers() as pullers, peer_queues(ledgers) as peers:
        worker = _worker(ledger)
        with ledger.administer() as admin:
            add_history(admin, worker, size.history)
            peer_queue.make(admin, size.history)
        old = Queue(ledger, worker, work_once)
        resolving = Queue(ledger, worker, work_and_resolve)
        textbook = Queue(ledger, worker, peer_queue.work_textbook, peer_queue.add_jobs)
        for batch in BATCHES:
            measure = partial(_rate, pullers, size.batches * PROCESSES * batch, batch)
            measures = [
                partial(measure, "with history", old),
                partial(_on_empty, ledgers, partial(measure, "empty history")),
                partial(measure, "with history, resolving", resolving),
                partial(measure, "textbook queue", textbook),
                *(partial(one.rate, size.batches, batch) for one in peers),
            ]
            found = interleave(size, measures)
            name = f"claims, batch {batch}"
            yield compare(name, "units/s", found, "with history", "empty history", goal=0.9)
            yield compare(name, "units/s", found, "with history", "textbook queue")
            yield compare(name, "units/s", found, "with history, resolving", "textbook queue")
            for one in peers:
                yield compare(name, "units/s", found, "with history", one.name, goal=2)


def work_once(connection: Connection[Any], worker: int, batch: int) -> int:
    """Claim and complete a batch as a worker does, without the work."""
    leases = claim(connection, worker, batch)
    if leases:
        settle(connection, leases)
    return len(leases)


def work_and_resolve(connection: Connection[Any], worker: int, batch: int) -> int:
    """Do the same, and look for dependents to free and leases to take back after each batch, as workers do."""
    done = work_once(connection, worker, batch)
    connection.execute("select work.resolve() + work.reap()")
    return done


def pull(using: Settings, worker: int, batch: int, step: Callable[[Connection[Any], int, int], int]) -> Pulled:
    """Pull until nothing is left; runs in a process of its own, and begins when the others do."""
    with connect("worker", using) as connection:
        together.wait(60)
        done, begin = 0, time.monotonic()
        while n := step(connection, worker, batch):
            done += n
        return Pulled(begin, time.monotonic(), done)


def _meet(barrier: Barrier) -> None:
    """Keep what the processes wait at: it can only be inherited."""
    global together
    together = barrier


@contextmanager
def _pullers() -> Iterator[ProcessPoolExecutor]:
    """Give the processes that pull."""
    context = get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, context, _meet, (context.Barrier(PROCESSES),)) as pool:
        yield pool


def _worker(ledger: Ledger) -> int:
    with ledger.connect("owner") as owner:
        return enlist(owner)


def _on_empty(ledgers: Ledgers, measure: Callable[[Queue], Mapping[str, float]]) -> Mapping[str, float]:
    """Measure on a ledger that has done nothing yet."""
    with ledgers.fresh() as fresh:
        return measure(Queue(fresh, _worker(fresh), work_once))


def _rate(pullers: ProcessPoolExecutor, n: int, batch: int, name: str, queue: Queue) -> Mapping[str, float]:
    """Make n units ready, let the processes do them; give the seconds per unit."""
    with queue.ledger.administer() as admin:
        queue.fill(admin, n)
        # The reaper takes a worker for dead that is silent for a minute.
        admin.execute("select work.heartbeat(%s, '1 minute')", [[queue.worker]])
        admin.execute("analyze work.unit, work.ready")
        futures = [pullers.submit(pull, queue.ledger.using, queue.worker, batch, queue.step) for _ in range(PROCESSES)]
        pulled = [future.result() for future in futures]
        call(admin, "resolve", n)
    return {name: seconds_each(pulled, n)}
