"""Publishing: attaching a partition to a table that has nearly as many as it may have."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from psycopg import Connection

from ingest.loads.files import ParquetFile
from ingest.loads.publish import publish
from ingest.loads.staging import copy_in
from schema.catalog.definition import definition, digest
from schema.store import Store
from tests.bench.ledgers import Ledgers
from tests.bench.measure import Figure, compare, interleave, seconds
from tests.bench.size import Size
from tests.bench.sources import make_sources, register_sources, write_sources

PARTITIONS = 64  # as many as a table may have
GOAL = 5e-3  # of the transaction that attaches [s]


@dataclass(frozen=True)
class Bench:
    """A ledger with datasets to load."""

    worker: Connection[Any]
    store: Store
    run: int
    files: Iterator[ParquetFile]

    def load(self) -> Mapping[str, float]:
        """Load the next dataset; give the seconds of its last two steps."""
        file = next(self.files)
        catalog, token = definition("source"), file.dataset_id
        row = self.worker.execute(
            "select load_id from ingest.open_load('source', %s, %s, %s)", [self.run, [token], digest(catalog)]
        ).fetchone()
        assert row
        copy_in(self.worker, self.store, catalog, row[0], [file], token)
        verifying = partial(self.worker.execute, "select ingest.verify(%s, %s)", [row[0], token])
        times = {"verify": seconds(verifying), "publish": seconds(partial(publish, self.worker, row[0], token))}
        return times | {"5 ms": GOAL}


def run(ledgers: Ledgers, size: Size) -> Iterator[Figure]:
    """Measure the last of 64 partitions, each of a few rows: their number does not matter to the attach."""
    measured = size.warm_ups + size.rounds
    with ExitStack() as stack:
        ledger = stack.enter_context(ledgers.fresh())
        owner, worker = (stack.enter_context(ledger.connect(role)) for role in ("owner", "worker"))
        store = Store(ledger.using.store_root)
        n = size.rows // PARTITIONS
        path = write_sources(store, make_sources(n, 1, 150.0, 0.0), "sources")
        run_id, files = register_sources(owner, [path] * PARTITIONS, n)
        bench = Bench(worker, store, run_id, iter(files))
        for _ in range(PARTITIONS - measured):
            bench.load()
        found = interleave(size, [bench.load])
    name = f"publish, {PARTITIONS} partitions of {n} rows"
    yield compare(name, "ms", found, "publish", "5 ms", goal=1)
    yield compare(name, "ms", found, "publish", "verify")
