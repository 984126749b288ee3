"""Jobs through PgQueuer's queries on asyncpg, without its worker: `python -m` with a connection string."""

import asyncio
import sys
import time
import uuid
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import asyncpg
from pgqueuer.domain.types import QueueEntrypoint, QueueManagerId
from pgqueuer.ports.repository import EntrypointExecutionParameter
from pgqueuer.queries import Queries
from psycopg.conninfo import conninfo_to_dict

from tests.bench.peers.talk import Pulled, serve

T = TypeVar("T")
NAME = "nothing"
SILENCE = timedelta(seconds=30)  # its default, after which a job is taken over


class Queue:
    """A connection to PgQueuer's tables, all of them logged.

    Its worker sends the same two statements per batch, and does more per job.
    """

    def __init__(self, dsn: str) -> None:
        self.loop = asyncio.new_event_loop()
        given: dict[str, Any] = conninfo_to_dict(dsn)
        self.connection = self._wait(
            asyncpg.connect(
                host=given["host"],
                port=int(given["port"]),
                user=given["user"],
                database=given["dbname"],
                passfile=given.get("passfile"),
                password=given.get("password"),
                ssl=given.get("sslmode", "prefer"),
            )
        )
        self.queries = Queries.from_asyncpg_connection(self.connection)

    def install(self) -> None:
        """Make the tables, with the settings of autovacuum that it recommends."""
        self._wait(self.queries.install())
        self._wait(self.queries.optimize_autovacuum())

    def fill(self, n: int) -> None:
        """Enqueue n jobs."""
        self._wait(self.queries.enqueue([NAME] * n, [None] * n, [0] * n))
        self._wait(self.connection.execute("vacuum analyze"))

    def pull(self, batch: int) -> Pulled:
        """Dequeue and log jobs in batches until none is left."""
        return self._wait(self._pull(batch))

    async def _pull(self, batch: int) -> Pulled:
        entrypoints = {QueueEntrypoint(NAME): EntrypointExecutionParameter(concurrency_limit=0)}
        manager = QueueManagerId(uuid.uuid4())
        done, begin = 0, time.monotonic()
        while jobs := await self.queries.dequeue(batch, entrypoints, manager, None, SILENCE):
            await self.queries.log_jobs([(job, "successful", None) for job in jobs])
            done += len(jobs)
        return Pulled(begin, time.monotonic(), done)

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)


if __name__ == "__main__":
    serve(Queue(sys.argv[1]))
