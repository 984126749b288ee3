"""Datasets of a run into their catalog table, some thousand files a load."""

import random
import time
from typing import Any

from psycopg import Connection, Error

from ingest.loads.files import files_to_load
from ingest.loads.load import BY_ANOTHER, load
from ingest.loads.staging import new_token
from schema.store import Store

ATTEMPTS = 10
FILES = 5000  # most files of one load, which is one transaction and one partition


def load_members(connection: Connection[Any], store: Store, catalog: str, run: int) -> None:
    """Load what a run has of a catalog and is not in the table yet; killed anywhere, a repeat ends the same.

    Another ingest that loads the same makes this look again.
    """
    failures = 0
    while files := files_to_load(connection, catalog, run, catalog)[:FILES]:
        try:
            load(connection, store, catalog, run, files, new_token(connection))
        except Error as error:
            failures += 1
            if error.sqlstate not in BY_ANOTHER or failures == ATTEMPTS:
                raise
            time.sleep(random.uniform(0.2, 1.0))
