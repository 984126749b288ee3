"""Clients' own ways to bring a Parquet file into a table without indexes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi
import pgpq
import pyarrow.parquet as pq
import sqlalchemy
from psycopg import Connection, connect, sql

from ingest.loads.staging import BATCH
from schema.catalog.definition import definition, sql_name
from tests.bench.ledgers import Ledger
from tests.bench.measure import Measure, seconds

TYPES = {"boolean": "bool", "short": "int2", "int": "int4", "long": "int8", "float": "float4", "double": "float8"}
PARAMETERS = 65_535  # of a statement, at most


@dataclass(frozen=True)
class Clients:
    """A file of n rows of the source catalog, and where a table of it can be made."""

    ledger: Ledger
    admin: Connection[Any]
    path: Path
    n: int

    def measures(self) -> list[Measure]:
        """Give the ways; what sends values one by one is so slow that it gets a share of the rows."""
        ways: dict[str, tuple[Callable[[int], object], int]] = {
            "adbc_ingest": (self._adbc, 1),
            "pgpq alone": (self._pgpq, 1),
            "copy.write_row": (self._write_rows, 10),
            "pandas to_sql": (self._pandas, 1000),
        }
        return [partial(self._time, name, way, max(1, self.n // share)) for name, (way, share) in ways.items()]

    def _time(self, name: str, way: Callable[[int], object], n: int) -> Mapping[str, float]:
        """Give the seconds per row of one way."""
        columns = sql.SQL(", ").join(sql.Identifier(sql_name(column)) for column in definition("source").columns)
        self.admin.execute(
            sql.SQL("create table public.client as select {} from catalog.source limit 0").format(columns)
        )
        took = seconds(partial(way, n))
        self.admin.execute("drop table public.client")
        return {name: took / n}

    def _adbc(self, n: int) -> None:
        with adbc_driver_postgresql.dbapi.connect(self.ledger.administrator) as connection:
            with connection.cursor() as cursor:
                cursor.adbc_ingest("client", self._renamed(n), mode="append", db_schema_name="public")
            connection.commit()

    def _pgpq(self, n: int) -> None:
        """Encode and send as our loads do, but look at nothing and add nothing."""
        table = self._renamed(n)
        encoder = pgpq.ArrowToPostgresBinaryEncoder(table.schema)
        with self.admin.cursor().copy("copy public.client from stdin with (format binary)") as copy:
            copy.write(encoder.write_header())
            for batch in table.to_batches(max_chunksize=BATCH):
                copy.write(encoder.write_batch(batch))
            copy.write(encoder.finish())

    def _write_rows(self, n: int) -> None:
        """Let psycopg write the rows one by one in COPY's binary format."""
        with self.admin.cursor().copy("copy public.client from stdin with (format binary)") as copy:
            copy.set_types([TYPES.get(column.datatype, "text") for column in definition("source").columns])
            for batch in self._renamed(n).to_batches(max_chunksize=10_000):
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    copy.write_row(row)

    def _pandas(self, n: int) -> None:
        """Let pandas write many rows a statement, as many as there may be parameters."""
        engine = sqlalchemy.create_engine(
            "postgresql+psycopg://", creator=partial(connect, self.ledger.administrator), poolclass=sqlalchemy.NullPool
        )
        frame = self._renamed(n).to_pandas()
        rows = PARAMETERS // len(frame.columns)
        frame.to_sql("client", engine, schema="public", if_exists="append", index=False, method="multi", chunksize=rows)

    def _renamed(self, n: int) -> Any:
        """Read the file; its columns are named as those of the table."""
        table = pq.read_table(self.path).slice(0, n)
        return table.rename_columns([sql_name(column) for column in definition("source").columns])
