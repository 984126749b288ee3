"""Parquet catalogs of sources in a store, registered and not loaded yet."""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from ingest.loads.files import ParquetFile
from ingest.loads.load import load
from ingest.loads.staging import new_token
from schema.ledger.collections import make_run
from schema.ledger.coordinates import register_coordinates
from schema.ledger.external import register_dataset_types
from schema.store import Store
from tests.bench.sources import make_sources, write_sources

RUN = "shelf"

CAMERA = (
    "insert into registry.instrument (instrument, description) values ('Toy', '') on conflict do nothing",
    "insert into registry.physical_filter values ('Toy', 'g', 'g') on conflict do nothing",
    """insert into registry.detector (instrument, detector, name, purpose, nx, ny)
       values ('Toy', 1, '1', 'science', 9, 9) on conflict do nothing""",
)
VISIT = "insert into registry.visit (instrument, visit, physical_filter, day_obs) values ('Toy', %s, 'g', 20200101)"
REGISTER = """
with d as (
  insert into registry.dataset (uid, dataset_type_id, coordinate_id, content_digest, n_rows)
  values (gen_random_uuid(), %(type)s, %(place)s, sha256(convert_to(%(path)s, 'UTF8')), %(n_rows)s)
  returning dataset_id, dataset_type_id, coordinate_id, content_digest
), a as (
  insert into registry.artifact (content_digest, path, file_digest, n_bytes)
  select content_digest, %(path)s, content_digest, 1 from d
), m as (
  insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how)
  select %(run)s, dataset_type_id, coordinate_id, dataset_id, 'computed' from d
)
select dataset_id from d"""


def shelve(owner: Connection[Any], store: Store, n: int, n_rows: int = 3, step: float = 0.0) -> list[ParquetFile]:
    """Write source catalogs with some rows each, and register them.

    Parameters
    ----------
    step
        Degrees of right ascension from one to the next; each is 10 degrees wide.
    """
    run = run_of(owner)
    types = register_dataset_types(owner, {"source": (["detector", "instrument", "visit"], "table")})
    for statement in CAMERA:
        owner.execute(statement)
    known = len(list(store.root.glob("files/shelf*")))
    files = []
    for number in range(known + 1, known + n + 1):
        path = write_sources(store, make_sources(n_rows, number, step * (number - 1) % 350, 0.0), f"shelf{number}")
        owner.execute(VISIT, [number])
        (place,) = register_coordinates(owner, [{"instrument": "Toy", "visit": number, "detector": 1}])
        values = {"type": types["source"], "place": place, "path": path, "n_rows": n_rows, "run": run}
        files += [ParquetFile(row[0], path) for row in owner.execute(REGISTER, values)]
    return files


def run_of(owner: Connection[Any]) -> int:
    """Give the run that the catalogs are members of."""
    return make_run(owner, RUN, "shelf", bytes(32), "Made-up sources.")


def load_each(owner: Connection[Any], connection: Connection[Any], store: Store, files: Sequence[ParquetFile]) -> None:
    """Load each file as a load of its own."""
    run = run_of(owner)
    for file in files:
        load(connection, store, "source", run, [file], new_token(owner))


def loads(connection: Connection[Any], state: str = "published") -> list[int]:
    """Give the loads of sources that are in a state."""
    rows = connection.execute(
        "select load_id from ingest.load where target = 'source' and state = %s order by 1", [state]
    )
    return [row[0] for row in rows]


def rows_of(connection: Connection[Any]) -> dict[int, int]:
    """Give the number of rows of each dataset in the table."""
    return dict(connection.execute("select dataset_id, count(*) from catalog.source group by 1").fetchall())


def partitions(connection: Connection[Any]) -> tuple[int, int]:
    """Give how many partitions the sources have, and how many tables there are where partitions are."""
    row = connection.execute(
        """select (select count(*) from pg_inherits where inhparent = 'catalog.source'::regclass),
                  (select count(*) from pg_class where relnamespace = 'catalog_part'::regnamespace and relkind = 'r')"""
    ).fetchone()
    assert row
    return int(row[0]), int(row[1])
