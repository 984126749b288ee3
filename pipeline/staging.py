"""Staging folders that nobody owns any more."""

import re
from typing import Any

from psycopg import Connection

from schema.store import Store, is_stale

LEASED = re.compile(r"\d+-\d+")  # as `Unit.staging` names them


def clear_staging(connection: Connection[Any], store: Store) -> None:
    """Remove what dead workers and ingests left in staging.

    A folder is looked at before its lease is: who made it had the lease by then. A zombie may find its folder gone; its
    answer would be refused anyway.
    """
    folders = store.staged()
    leases = connection.execute("select token, unit_id from work.lease").fetchall()
    held = {f"{token}-{unit}" for token, unit in leases}
    for folder in folders:
        leased = LEASED.fullmatch(folder.name)
        if folder.name not in held if leased else is_stale(folder):
            store.discard(folder.name)
