"""Units that nobody is there for: said once, and not waited for."""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from pipeline.classes import ResourceClass
from schema.errors import SkyledgerError

# A worker counts as silent after as long as in work.reap.
UNSERVED = """
select c.queue, c.name, c.memory_mb from work.queue c
where exists (select from work.ready r where r.queue = c.queue and r.not_before = '-infinity')
  and not exists (
    select from work.worker w
    where c.queue = any(w.queues) and w.stopped_at is null and w.last_seen > clock_timestamp() - interval '60 s')
order by c.memory_mb, c.queue"""

# A run may go on by itself as long as something of it is leased, ready for somebody, or settled and not yet resolved.
STUCK = """
select c.queue from unnest(%(queues)s::smallint[]) c (queue)
where exists (
    select from work.ready r join work.unit u using (unit_id)
    where r.queue = c.queue and r.not_before = '-infinity' and u.run_id = %(run)s)
  and not exists (
    select from work.unit u
    where u.run_id = %(run)s and u.state = 'ready' and u.queue <> all (%(queues)s))
  and not exists (select from work.lease l join work.unit u using (unit_id) where u.run_id = %(run)s)
  and not exists (select from work.settled s join work.unit u using (unit_id) where u.run_id = %(run)s)
limit 1"""


class NobodyServes(SkyledgerError):
    """Units in a class that no living worker pulls from."""

    def __init__(self, found: ResourceClass) -> None:
        self.found = found
        super().__init__(
            f"units wait in class {found.name} ({found.memory_mb} MiB), which no worker serves: start `skyledger work "
            f"--queue {found.name}` on a host with that much memory, or here with fewer --workers or more --memory"
        )


def unserved(connection: Connection[Any]) -> list[ResourceClass]:
    """Give the classes in which units are ready and from which no living worker pulls, here or on another host."""
    return [ResourceClass(*row) for row in connection.execute(UNSERVED)]


def refuse_to_wait(connection: Connection[Any], run: str, classes: Sequence[ResourceClass]) -> None:
    """End the wait for a run of which nothing is left but units that nobody serves.

    Parameters
    ----------
    classes
        Those that nobody serves.

    Raises
    ------
    NobodyServes
        Raised if all that is left of the run is in these classes, or waits for what is.
    """
    if not classes:
        return
    by_queue = {one.queue: one for one in classes}
    row = connection.execute("select run_id from public.run where run = %s", [run]).fetchone()
    stuck = connection.execute(STUCK, {"queues": list(by_queue), "run": row and row[0]}).fetchone()
    if stuck is not None:
        raise NobodyServes(by_queue[stuck[0]])
