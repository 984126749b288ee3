"""Staging folders that nobody owns any more."""

from typing import Any

from psycopg import Connection

from schema.store import Store, is_stale


def clear_staging(connection: Connection[Any], store: Store) -> None:
    """Remove what dead workers and ingests left in staging.

    A folder is looked at before its lease is: who made it had the lease by then. A zombie may find its folder gone; its
    answer would be refused anyway.
    """
    folders = store.staged()
    tokens = [int(folder.name) for folder in folders if folder.name.isdecimal()]
    held = {str(row[0]) for row in connection.execute("select token from work.lease where token = any(%s)", [tokens])}
    for folder in folders:
        leased = folder.name.isdecimal()
        if folder.name not in held if leased else is_stale(folder):
            store.discard(folder.name)
