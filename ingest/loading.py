"""Datasets of a run into their catalog table, some thousand files a load."""

import random
import time
from typing import Any

from psycopg import Connection, Error

from ingest.loads.files import files_to_load
from ingest.loads.load import load
from schema.store import Store

ATTEMPTS = 10
# Somebody else opened, staged or published the same datasets in the meantime: see schema/functions/load.sql.
LOADED_BY_ANOTHER = ("P0I03", "P0I04", "P0I06", "23505", "55P03", "40P01")
FILES = 5000  # most files of one load, which is one transaction and one partition


def load_members(connection: Connection[Any], store: Store, catalog: str, run: int) -> None:
    """Load what a run has of a catalog and is not in the table yet; killed anywhere, a repeat ends the same.

    Another ingest that loads the same makes this look again.
    """
    failures = 0
    while files := files_to_load(connection, catalog, run, catalog)[:FILES]:
        row = connection.execute("select nextval('work.fence')").fetchone()
        try:
            load(connection, store, catalog, run, files, row[0] if row else 0)
        except Error as error:
            failures += 1
            if error.sqlstate not in LOADED_BY_ANOTHER or failures == ATTEMPTS:
                raise
            time.sleep(random.uniform(0.2, 1.0))
