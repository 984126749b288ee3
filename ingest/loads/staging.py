"""Parquet files into the staged table of a load."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pgpq
import pyarrow as pa
import pyarrow.parquet as pq
from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from ingest.loads.files import ParquetFile
from ingest.loads.statistics import Summary, combined, statistics
from schema.catalog.check import check, nulls_noted
from schema.catalog.definition import Definition, sql_name
from schema.catalog.history import completed
from schema.faults import die_at
from schema.store import Store

BATCH = 8192  # rows that are read at once: the first ones keep the server waiting
# Rows that are encoded at once, in a millisecond or two: of a wide table the server has as much in its socket and goes
# on meanwhile. The encoder hands out nothing below 1 MiB, so that of a narrow table many pieces come together.
PIECE = 1024

Statistics = dict[int, dict[str, Summary]]


def new_token(connection: Connection[Any]) -> int:
    """Give the number of an attempt, which nobody has had; made as a claim makes its token, for both name tables."""
    row = connection.execute("select (nextval('work.fence') << 24) + floor(random() * 16777216)::bigint").fetchone()
    return int(row[0]) if row else 0


def copy_in(
    connection: Connection[Any],
    store: Store,
    catalog: Definition,
    load_id: int,
    files: Sequence[ParquetFile],
    token: int,
    progress: Callable[[], object] = lambda: None,
) -> None:
    """Copy the rows into a table of this attempt's own, in one transaction.

    Parameters
    ----------
    token
        Number of this attempt, never used again: a late attempt cannot touch what another one publishes.
    progress
        Called after each file.
    """
    found: Statistics = {}
    with connection.transaction():
        row = connection.execute("select ingest.stage(%s, %s)", [load_id, token]).fetchone()
        columns = ["load_id", "dataset_id", *(sql_name(column) for column in catalog.columns)]
        # FREEZE: the table is of this transaction, so no later vacuum has to write the rows again. And a reader whose
        # snapshot is older than a merged load sees its rows all the same, where those that it merged are gone.
        statement = sql.SQL("copy {} ({}) from stdin with (format binary, freeze)").format(
            sql.Identifier("catalog_part", row[0] if row else ""), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        batches = _batches(store, catalog, load_id, files, found, progress)
        with connection.cursor().copy(statement) as copy, ThreadPoolExecutor(1) as reading:
            # Several streams could not FREEZE, so one keeps the server busy: what it needs next is read meanwhile.
            for piece in _encoded(_ahead(batches, reading)):
                copy.write(piece)
        connection.execute(
            "select ingest.note_files(%s, %s, %s, %s)",
            [load_id, token, list(found), [Jsonb(columns) for columns in found.values()]],
        )
        die_at("in_stage")
    die_at("after_stage")


def _ahead(batches: Iterator[pa.RecordBatch], reading: Executor) -> Iterator[pa.RecordBatch]:
    """Give what is read, while a thread reads on: Arrow does so without Python's lock."""
    coming = reading.submit(next, batches, None)
    while (batch := coming.result()) is not None:
        coming = reading.submit(next, batches, None)
        yield batch


def _encoded(batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """Give rows in the binary format of COPY; nothing where there are none."""
    encoder: pgpq.ArrowToPostgresBinaryEncoder | None = None
    for batch in batches:
        if encoder is None:
            encoder = pgpq.ArrowToPostgresBinaryEncoder(batch.schema)
            yield encoder.write_header()
        for first in range(0, batch.num_rows, PIECE):
            yield encoder.write_batch(batch.slice(first, PIECE))
    if encoder is not None:
        yield encoder.finish()


def _batches(
    store: Store,
    catalog: Definition,
    load_id: int,
    files: Sequence[ParquetFile],
    found: Statistics,
    progress: Callable[[], object],
) -> Iterator[pa.RecordBatch]:
    """Give the rows of the files with the ledger's two columns in front; note what each file holds."""
    for file in files:
        for table in _pieces(store.locate(file.path), catalog):
            found[file.dataset_id] = combined(found.get(file.dataset_id), statistics(table, catalog))
            for batch in table.to_batches():
                ledger = [pa.repeat(pa.scalar(key, pa.int64()), batch.num_rows) for key in (load_id, file.dataset_id)]
                names = ["load_id", "dataset_id", *batch.schema.names]
                yield pa.record_batch([*ledger, *batch.columns], names=names)
        progress()


def _pieces(path: Path, catalog: Definition) -> Iterator[pa.Table]:
    """Read a file piece by piece, its columns in the order of the definition; one without rows is a piece, too.

    Raises
    ------
    SchemaMismatch
        Raised if the file does not follow the definition, before any of its rows is given where its footer tells.
    """
    # As it comes and by one thread: to fetch whole columns first, or to take the server's processor, makes it wait.
    with pq.ParquetFile(path, pre_buffer=False) as file:
        nulls, empty = nulls_noted(file.metadata), file.schema_arrow.empty_table()
        pieces = (pa.Table.from_batches([batch]) for batch in file.iter_batches(BATCH, use_threads=False))
        for piece in pieces if file.metadata.num_rows else [empty]:
            table = completed(piece, catalog)
            check(table, catalog, nulls)
            yield table.select([column.name for column in catalog.columns])
