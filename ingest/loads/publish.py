"""The last steps of a load: verify and publish."""

import random
import time
from typing import Any

from psycopg import Connection, errors

from schema.faults import die_at

PATIENCE = 60.0  # seconds; an answer takes half of it at most


def finish(connection: Connection[Any], load_id: int, token: int) -> int:
    """Verify what was staged and publish it; give the number of rows."""
    connection.execute("select ingest.verify(%s, %s)", [load_id, token])
    die_at("after_verify")
    return publish(connection, load_id, token)


def publish(connection: Connection[Any], load_id: int, token: int, patience: float = PATIENCE) -> int:
    """Attach the partition; a long reader of the table makes this wait, never the other way round.

    Raises
    ------
    psycopg.errors.LockNotAvailable
        Raised if the table stays locked for longer than the patience, in seconds.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            with connection.transaction():
                row = connection.execute("select ingest.publish(%s, %s)", [load_id, token]).fetchone()
                die_at("in_publish")
            die_at("after_publish")
            return int(row[0]) if row else 0
        except (errors.LockNotAvailable, errors.DeadlockDetected):
            if time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(0.1, 1.0))
