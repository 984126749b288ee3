"""A load: Parquet datasets that become one partition of a catalog table."""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pgpq
import pyarrow as pa
import pyarrow.parquet as pq
from psycopg import Connection, errors, sql

from schema.catalog.check import check
from schema.catalog.definition import Definition, definition, digest, sql_name
from schema.catalog.history import completed
from schema.store import Store

BATCH = 65_536  # rows that are encoded at once


@dataclass(frozen=True)
class ParquetFile:
    """A dataset to load, and where its file is."""

    dataset_id: int
    path: str


def files_to_load(connection: Connection[Any], catalog: str, run_id: int, dataset_type: str) -> list[ParquetFile]:
    """Find the datasets of a run whose rows are not in the table yet."""
    rows = connection.execute(
        """select distinct on (m.dataset_id) m.dataset_id, a.path
           from registry.member m
           join registry.dataset_type y on y.dataset_type_id = m.dataset_type_id and y.name = %s
           join registry.dataset d on d.dataset_id = m.dataset_id
           join registry.artifact a on a.content_digest = d.content_digest and a.state = 'present'
           where m.collection_id = %s and m.until = 'infinity'
             and not exists (
               select from ingest.load_file f join ingest.load l using (load_id)
               where f.dataset_id = m.dataset_id and f.target = %s and f.live and l.state = 'published')
           order by m.dataset_id, a.artifact_id""",
        [dataset_type, run_id, catalog],
    )
    return [ParquetFile(*row) for row in rows]


def load(
    connection: Connection[Any], store: Store, catalog: str, run_id: int, files: Sequence[ParquetFile], token: int
) -> int:
    """Load files into a catalog table; killed anywhere, a repeat ends the same.

    Parameters
    ----------
    token
        Number of this attempt, never used again: a late attempt cannot touch what another one publishes.

    Returns
    -------
    Number of rows of the load.

    Raises
    ------
    SchemaMismatch
        Raised if a file does not follow the table's definition.
    """
    catalog_definition = definition(catalog)
    opened = "select load_id, state from ingest.open_load(%s, %s, %s, %s)"
    row = connection.execute(
        opened, [catalog, run_id, [file.dataset_id for file in files], digest(catalog_definition)]
    ).fetchone()
    load_id, state = row or (0, "")
    if state != "published":
        copy_in(connection, store, catalog_definition, load_id, files, token)
        connection.execute("select ingest.verify(%s, %s)", [load_id, token])
    return _publish(connection, load_id, token)


def copy_in(
    connection: Connection[Any],
    store: Store,
    catalog: Definition,
    load_id: int,
    files: Sequence[ParquetFile],
    token: int,
) -> None:
    """Copy the rows into a table of this attempt's own, in one transaction."""
    encoder: pgpq.ArrowToPostgresBinaryEncoder | None = None
    with connection.transaction():
        row = connection.execute("select ingest.stage(%s, %s)", [load_id, token]).fetchone()
        columns = ["load_id", "dataset_id", *(sql_name(column) for column in catalog.columns)]
        # FREEZE: the table is of this transaction, so no later vacuum has to write the rows again.
        statement = sql.SQL("copy {} ({}) from stdin with (format binary, freeze)").format(
            sql.Identifier("catalog_part", row[0] if row else ""), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with connection.cursor().copy(statement) as copy:
            for batch in _batches(store, catalog, load_id, files):
                if encoder is None:
                    encoder = pgpq.ArrowToPostgresBinaryEncoder(batch.schema)
                    copy.write(encoder.write_header())
                copy.write(encoder.write_batch(batch))
            if encoder is not None:
                copy.write(encoder.finish())


def _batches(store: Store, catalog: Definition, load_id: int, files: Sequence[ParquetFile]) -> Iterator[pa.RecordBatch]:
    """Give the rows of the files with the ledger's two columns in front."""
    for file in files:
        table = completed(pq.read_table(store.locate(file.path)), catalog)
        check(table, catalog)
        table = table.select([column.name for column in catalog.columns])
        for batch in table.to_batches(max_chunksize=BATCH):
            ledger = [pa.repeat(pa.scalar(value, pa.int64()), batch.num_rows) for value in (load_id, file.dataset_id)]
            yield pa.record_batch([*ledger, *batch.columns], names=["load_id", "dataset_id", *batch.schema.names])


def _publish(connection: Connection[Any], load_id: int, token: int) -> int:
    """Attach the partition; a long reader of the table makes this wait, never the other way round."""
    for attempt in range(10):
        try:
            with connection.transaction():
                connection.execute("set local lock_timeout = '2s'")
                row = connection.execute("select ingest.publish(%s, %s)", [load_id, token]).fetchone()
                return int(row[0]) if row else 0
        except errors.LockNotAvailable:
            time.sleep(random.uniform(0.1, 0.5) * (attempt + 1))
    raise errors.LockNotAvailable("the catalog table stayed locked")
