"""Datasets of a run into their catalog table, some thousand files a load."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection, Error, errors

from ingest.loads.files import files_to_load
from ingest.loads.load import BY_ANOTHER, load
from ingest.loads.staging import new_token
from schema.store import Store

ATTEMPTS = 10
FILES = 5000  # most files of one load, which is one transaction and one partition
PATIENCE = "10min"  # with another ingest of the same; one that stands still is passed then
TURN = "hashtextextended(format('load %%s of %%s', %s::text, %s::int), 0)"


def load_members(connection: Connection[Any], store: Store, catalog: str, run: int) -> None:
    """Load what a run has of a catalog and is not in the table yet; killed anywhere, a repeat ends the same.

    Another ingest that loads the same goes first. Whatever else comes in between makes this look again.
    """
    failures = 0
    with _turn(connection, catalog, run):
        while files := files_to_load(connection, catalog, run, catalog)[:FILES]:
            try:
                load(connection, store, catalog, run, files, new_token(connection))
            except Error as error:
                failures += 1
                if error.sqlstate not in BY_ANOTHER or failures == ATTEMPTS:
                    raise
                time.sleep(random.uniform(0.2, 1.0))


@contextmanager
def _turn(connection: Connection[Any], catalog: str, run: int) -> Iterator[None]:
    """Wait for one's turn: two who stage the same would throw each other's rows away.

    That costs time only, so nobody waits for ever. The server takes the turn from a session that ends.
    """
    connection.execute("select set_config('lock_timeout', %s, false)", [PATIENCE])
    try:
        connection.execute(f"select pg_advisory_lock({TURN})", [catalog, run])  # a constant of ours
    except errors.LockNotAvailable:
        mine = False
    else:
        mine = True
    connection.execute("reset lock_timeout")
    try:
        yield
    finally:
        if mine and not connection.closed:
            connection.execute(f"select pg_advisory_unlock({TURN})", [catalog, run])
