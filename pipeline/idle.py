"""The end of workers that nobody stops: nothing to do for a while."""

import time
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

# What is paused may wait for days; what backs off comes back; what only other hosts can take is theirs.
BUSY = """
select exists (select from work.ready where not_before < 'infinity' and queue = any(%s))
    or exists (select from work.lease) or exists (select from work.settled)"""


class Idle:
    """Tells whether nothing was queued or running for some seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.busy_at = time.monotonic()

    def __call__(self, connection: Connection[Any], queues: Sequence[int]) -> bool:
        """Look at the queues that are served here; the workers' parent asks this again and again."""
        row = connection.execute(BUSY, [list(queues)]).fetchone()
        if row and row[0]:
            self.busy_at = time.monotonic()
        return time.monotonic() - self.busy_at > self.seconds
