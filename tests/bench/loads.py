"""Loads: Parquet to published rows, beside the server's own COPY and the clients' ways."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from psycopg import Connection, sql

from ingest.loads.files import ParquetFile
from ingest.loads.load import load
from schema.connect import dsn
from schema.store import Store
from tests.bench.clients import Clients
from tests.bench.ledgers import Ledger, Ledgers
from tests.bench.measure import Figure, compare, interleave, seconds
from tests.bench.size import Size
from tests.bench.sources import make_sources, register_sources, write_sources


class Timed(Connection[Any]):
    """A connection that notes when a step of a load begins."""

    began: dict[str, float]

    def execute(self, query: Any, *args: Any, **options: Any) -> Any:
        """Note the time, then execute."""
        if isinstance(query, str) and (step := re.search(r"ingest\.(\w+)\(", query)):
            self.began[step[1]] = time.perf_counter()
        return super().execute(query, *args, **options)


@dataclass(frozen=True)
class Bench:
    """A ledger with datasets to load, and the same rows as a file of COPY."""

    ledger: Ledger
    admin: Connection[Any]
    store: Store
    run: int
    files: Iterator[ParquetFile]
    n: int

    @property
    def binary(self) -> Path:
        """File of the server's own format."""
        return self.store.root / "source.copy"

    def load(self) -> Mapping[str, float]:
        """Load the next dataset; give the seconds per row of the whole and of its steps."""
        with Timed.connect(dsn("worker", self.ledger.using), autocommit=True) as connection:
            connection.began = {}
            begin = time.perf_counter()
            file = next(self.files)
            load(connection, self.store, "source", self.run, [file], token=file.dataset_id)
            end = time.perf_counter()
            began = connection.began
        times = {
            "load": end - begin,
            "load: stage": began["verify"] - began["stage"],
            "load: verify": began["publish"] - began["verify"],
        }
        return {name: took / self.n for name, took in times.items()} | {"load: publish": end - began["publish"]}

    def copy(self) -> Mapping[str, float]:
        """Let the server read its own format into a table like ours, then index it as ours is."""
        indexes = self.admin.execute(
            "select indexdef from pg_indexes where schemaname = 'catalog' and tablename = 'source'"
        ).fetchall()
        ((part,),) = self.admin.execute("select min(staged) from ingest.load where state = 'published'").fetchall()
        like = sql.SQL("create table public.floor (like {} including defaults)")
        with self.admin.transaction():
            self.admin.execute(like.format(sql.Identifier("catalog_part", part)))
            copying = seconds(
                lambda: self.admin.execute(
                    sql.SQL("copy public.floor from {} with (format binary, freeze)").format(str(self.binary))
                )
            )
        indexing = 0.0
        for (made,) in indexes:
            statement = re.sub(r"INDEX \S+ ON ONLY \S+", "INDEX ON public.floor", made)
            indexing += seconds(partial(self.admin.execute, statement))
        indexing += seconds(lambda: self.admin.execute("analyze public.floor"))
        self.admin.execute("drop table public.floor")
        times = {"server's COPY": copying, "server's COPY, indexes": copying + indexing, "indexes": indexing}
        return {name: took / self.n for name, took in times.items()}


def run(ledgers: Ledgers, size: Size) -> Iterator[Figure]:
    """Measure the source catalog."""
    with ExitStack() as stack:
        ledger = stack.enter_context(ledgers.fresh())
        admin = stack.enter_context(ledger.administer())
        store = Store(ledger.using.store_root)
        path = write_sources(store, make_sources(size.rows, 1, 150.0, 0.0), "sources")
        with ledger.connect("owner") as owner:
            # One more than the rounds: the server's file is made of it.
            run_id, files = register_sources(owner, [path] * (size.warm_ups + size.rounds + 1), size.rows)
        bench = Bench(ledger, admin, store, run_id, iter(files), size.rows)
        bench.load()
        admin.execute(
            sql.SQL("copy (select * from catalog.source) to {} with (format binary)").format(str(bench.binary))
        )
        clients = Clients(ledger, admin, store.locate(path), size.rows)
        found = interleave(size, [bench.load, bench.copy, *clients.measures()])
        found["the whole load"] = [size.rows * time for time in found["load"]]
    yield from _figures(f"loads, {size.rows} rows", found)


def _figures(name: str, found: dict[str, list[float]]) -> Sequence[Figure]:
    pairs = [
        ("load", "server's COPY, indexes", None),
        ("load: stage", "server's COPY", 0.9),
        ("load: verify", "indexes", None),
        ("load: stage", "pgpq alone", None),
        ("load: stage", "adbc_ingest", None),
        ("load: stage", "copy.write_row", None),
        ("load: stage", "pandas to_sql", None),
    ]
    figures = [compare(name, "rows/s", found, *pair) for pair in pairs]
    return [*figures, compare(name, "ms", found, "load: publish", "the whole load")]
