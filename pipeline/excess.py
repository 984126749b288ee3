"""Units beyond their limits: by what, and how that is recorded."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import psycopg
from psycopg import Connection

from pipeline.execute import OUT_OF_MEMORY
from pipeline.limits import Charge
from pipeline.units import return_leases
from pipeline.worker import LOST_LEASE


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
    """Say by what a unit is over its limits, if it is; `now` is of the monotonic clock [s]."""
    wall = now - charge.began
    over = memory_mb > charge.memory_mb or wall > charge.time_limit_s
    return Excess(charge, memory_mb, wall) if over else None


def record_excess(connection: Connection[Any], worker_id: int, found: Excess) -> None:
    """Record the failure of a unit whose worker was killed for it, and give back what else that worker held.

    The worker must be dead. Each statement is a transaction of its own: leases are locked in the order of their units.
    """
    charge = found.charge
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
