"""Jobs through procrastinate's own SQL, without its event loop: `python -m` with a connection string."""

import sys
import time
from typing import Any

import procrastinate
import psycopg
from procrastinate.sql import queries

from tests.bench.peers.talk import Pulled, serve


class Queue:
    """A connection to procrastinate's tables.

    Its worker sends the same two statements per job from an event loop. Sent by plain psycopg they are nearly twice as
    fast as there with one job at a time, and as fast as there with ten.
    """

    def __init__(self, dsn: str) -> None:
        self.app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=dsn, min_size=1, max_size=1))
        self.connection: psycopg.Connection[Any] = psycopg.connect(dsn, autocommit=True)

    def install(self) -> None:
        """Make the tables."""
        with self.app.open():
            self.app.schema_manager.apply_schema()

    def fill(self, n: int) -> None:
        """Defer n jobs."""
        with self.app.open():
            self.app.configure_task("nothing").batch_defer(*({} for _ in range(n)))
        self.connection.execute("vacuum analyze")

    def pull(self, batch: int) -> Pulled:
        """Fetch and finish jobs until none is left; there is no way to take several at a time."""
        fetch, finish = queries["fetch_job"].encode(), queries["finish_job"].encode()
        row = self.connection.execute("insert into procrastinate_workers default values returning id").fetchone()
        assert row
        done, begin = 0, time.monotonic()
        while (job := self._fetch(fetch, row[0])) is not None:
            self.connection.execute(finish, {"job_id": job, "status": "succeeded", "delete_job": False})
            done += 1
        return Pulled(begin, time.monotonic(), done)

    def _fetch(self, statement: bytes, worker: int) -> int | None:
        row = self.connection.execute(statement, {"queues": None, "worker_id": worker}).fetchone()
        assert row
        return int(row[0]) if row[0] is not None else None


if __name__ == "__main__":
    serve(Queue(sys.argv[1]))
