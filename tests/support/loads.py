"""The load protocol, step by step, for tests."""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection, sql

from schema.catalog.definition import definition, sql_name

CELL = 1 << 42  # pixels of order 29 in one of order 8
EMPTY = {"boolean": "false", "string": "''", "timestamp": "now()"}

DATASETS = """
insert into registry.dataset (uid, dataset_type_id, coordinate_id, content_digest, n_rows)
select gen_random_uuid(), y.dataset_type_id, o.coordinate_id, sha256(%s), n
from unnest(%s::bigint[]) n, registry.dataset_type y, registry.coordinate o
where y.name = 'toy' and o.instrument = 'Toy' returning dataset_id"""


def add_datasets(connection: Connection[Any], *n_rows: int | None, content: bytes = b"toy") -> list[int]:
    """Register tables with so many rows each."""
    return sorted(row[0] for row in connection.execute(DATASETS, [content, list(n_rows)]))


def open_load(connection: Connection[Any], datasets: Sequence[int] | None, target: str = "source") -> tuple[int, str]:
    row = connection.execute(
        """select o.* from registry.collection c, ingest.open_load(%s, c.collection_id, %s, sha256('columns')) o
           where c.name = 'Toy/run'""",
        [target, datasets],
    ).fetchone()
    assert row
    return row[0], row[1]


def stage(connection: Connection[Any], load: int, token: int) -> str:
    row = connection.execute("select ingest.stage(%s, %s)", [load, token]).fetchone()
    assert row
    return str(row[0])


def call(connection: Connection[Any], verb: str, load: int, token: int) -> int:
    """Call verify or publish; give the number of rows."""
    row = connection.execute(sql.SQL("select ingest.{}(%s, %s)").format(sql.Identifier(verb)), [load, token]).fetchone()
    assert row
    return int(row[0])


def fill(connection: Connection[Any], part: str, load: int, datasets: dict[int, int], target: str = "source") -> None:
    """Put so many rows of each dataset into a staged table, one HEALPix cell of order 8 each."""
    found = definition(target)
    values: dict[str, sql.Composable] = {}
    for column in found.columns:
        values[sql_name(column)] = sql.SQL(EMPTY.get(column.datatype, "1"))
    values[sql_name(found.key[-1])] = sql.SQL("g")
    values["_healpix_29"] = sql.SQL("g * {}").format(sql.Literal(CELL))
    statement = sql.SQL(
        "insert into catalog_part.{} (load_id, dataset_id, {}) select %s, %s, {} from generate_series(1, %s) g"
    ).format(sql.Identifier(part), sql.SQL(", ").join(map(sql.Identifier, values)), sql.SQL(", ").join(values.values()))
    for dataset, n in datasets.items():
        connection.execute(statement, [load, dataset, n])


def publish(
    connection: Connection[Any], datasets: dict[int, int], token: int, target: str = "source"
) -> tuple[int, str]:
    """Go all the way; give the load and its partition."""
    load, _ = open_load(connection, list(datasets), target)
    part = stage(connection, load, token)
    fill(connection, part, load, datasets, target)
    assert call(connection, "verify", load, token) == sum(datasets.values())
    assert call(connection, "publish", load, token) == sum(datasets.values())
    return load, part


def rows_of(connection: Connection[Any], target: str = "source") -> dict[int, int]:
    """Give the number of rows that users see of each dataset."""
    query = sql.SQL("select dataset_id, count(*) from catalog.{} group by 1").format(sql.Identifier(target))
    return dict(connection.execute(query).fetchall())
