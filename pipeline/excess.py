"""Units beyond their limits: by what, and how that is recorded."""

import sys
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import psycopg
from psycopg import Connection

from pipeline.execute import OUT_OF_MEMORY
from pipeline.limits import Charge
from pipeline.units import return_leases
from pipeline.worker import LOST_LEASE
from schema.errors import SkyledgerError

SETTLING = 600.0  # how long a commit may take [s]; a lost server is waited for meanwhile, and large files are moved


class HungCommit(SkyledgerError):
    """A worker that was killed because its commit did not end."""

    def __init__(self, worker: int, wall_s: float) -> None:
        self.worker, self.wall_s = worker, wall_s
        super().__init__(
            f"worker {worker} was killed because its commit had not ended after {wall_s:.0f} s; its units go back to "
            "the queue: look for who holds a lock (pg_locks), and at the disks of server and store"
        )


class Excess(NamedTuple):
    """What a unit took beyond its limits."""

    charge: Charge
    memory_mb: float
    wall_s: float
    traceback: str = ""

    @property
    def error_class(self) -> str:
        """Class of the error, as the execution keeps it."""
        return OUT_OF_MEMORY if self.memory_mb > self.charge.memory_mb else "OutOfTime"

    @property
    def sentence(self) -> str:
        """The error in one sentence."""
        if self.error_class == OUT_OF_MEMORY:
            return f"it took {self.memory_mb:.0f} MiB of memory, and may take {self.charge.memory_mb} MiB"
        return f"it ran for {self.wall_s:.1f} s, and may run for {self.charge.time_limit_s} s"


def excess(charge: Charge, memory_mb: float, now: float) -> Excess | None:
    """Say by what a unit, or a commit, is over its limits, if it is; `now` is of the monotonic clock [s]."""
    wall = now - charge.began
    if not charge.unit_id:
        return Excess(charge, memory_mb, wall) if wall > SETTLING else None
    over = memory_mb > charge.memory_mb or wall > charge.time_limit_s
    return Excess(charge, memory_mb, wall) if over else None


def record_excess(connection: Connection[Any], worker_id: int, found: Excess) -> None:
    """Record the failure of a unit whose worker was killed for it, and give back what else that worker held.

    The worker must be dead. Each statement is a transaction of its own, and locks one batch only. A commit that hangs
    is said, and the reaper takes the leases as soon as the server lets go of them; whoever waited for that would hang,
    too. The reaper cannot know why they were lost: a unit that was claimed alone pays an attempt.
    """
    charge = found.charge
    if not charge.unit_id:
        print(f"skyledger: {HungCommit(worker_id, found.wall_s)}", file=sys.stderr)
        return
    # What it held besides was claimed and not begun, or finished and not committed.
    return_leases(connection, worker_id, but=charge.unit_id)
    now = datetime.now(UTC)
    figures = (now - timedelta(seconds=found.wall_s), now, found.memory_mb)
    said = (found.error_class, found.sentence, found.traceback or None)
    try:
        with connection.transaction():
            connection.execute(
                "select work.settle_err(%s, %s, %s, %s, %s, '', %s, %s, null, %s, true)",
                [charge.unit_id, charge.token, *said, *figures],
            )
    except psycopg.Error as error:
        if error.sqlstate != LOST_LEASE:  # somebody was quicker: the reaper, or an operator who cancelled the run
            raise
