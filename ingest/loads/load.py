"""A load: Parquet datasets that become one partition of a catalog table."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from psycopg import Connection, Error

from ingest.loads.compact import merge, merges
from ingest.loads.files import ParquetFile
from ingest.loads.publish import finish, publish
from ingest.loads.staging import copy_in
from schema.catalog.definition import definition, digest
from schema.faults import die_at
from schema.store import Store

FULL = "P0I07"  # the table has as many partitions as it may have
TAKEN = ("P0I04", "P0I06", "P0I09", "23505")  # somebody else merges the same loads
# Somebody else opened, staged, published or retires the same, or keeps the table: next time it is otherwise.
BY_ANOTHER = (*TAKEN, "P0I03", "55P03", "40P01")
ATTEMPTS = 10


def load(
    connection: Connection[Any],
    store: Store,
    catalog: str,
    run_id: int,
    files: Sequence[ParquetFile],
    token: int,
    progress: Callable[[], object] = lambda: None,
) -> int:
    """Load files into a catalog table; killed anywhere, a repeat ends the same.

    Where the table has as many partitions as it may have, small loads are merged first.

    Parameters
    ----------
    token
        Number of this attempt, never used again: a late attempt cannot touch what another one publishes.
    progress
        Called after each file.

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
    die_at("after_open")
    if state == "published":
        return publish(connection, load_id, token)
    copy_in(connection, store, catalog_definition, load_id, files, token, progress)
    for _ in range(ATTEMPTS):
        try:
            return finish(connection, load_id, token)
        except Error as error:
            if error.sqlstate != FULL:
                raise
        _make_room(connection, store, catalog, token)
    return finish(connection, load_id, token)


def _make_room(connection: Connection[Any], store: Store, catalog: str, token: int) -> None:
    """Merge small loads of a table, or let somebody else who has begun to do so go on."""
    try:
        for these in merges(connection, catalog=catalog):
            merge(connection, store, these, token)
    except Error as error:
        if error.sqlstate not in TAKEN:
            raise
        time.sleep(random.uniform(0.5, 2.0))
