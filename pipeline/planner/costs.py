"""What units took lately, and what the next ones may take."""

from collections.abc import Iterable
from typing import Any

from psycopg import Connection

DAY_MS = 86_400_000

# What the first output of a task cost is a metric like any other, with an index: the last thousand tell enough.
COSTS = """
select t.name, c.mean
from unnest(%s::text[]) as t (name)
join quality.metric k on k.name = t.name || '.cpu'
cross join lateral (
  select avg(value) as mean from (
    select m.value from quality.measurement m
    where m.metric_id = k.metric_id order by m.dataset_id desc limit 1000) x) c
where c.mean is not null"""


def mean_cpu(connection: Connection[Any], tasks: Iterable[str]) -> dict[str, float]:
    """Give the CPU time that the last quanta of tasks took, on average [s]; tasks that were never run are left out."""
    return dict(connection.execute(COSTS, [sorted(set(tasks))]).fetchall())


def estimate_ms(connection: Connection[Any]) -> dict[tuple[str, str | None], int]:
    """Give how long a unit took lately [ms], by task and instrument: the mean of its part of the last executions."""
    rows = connection.execute(
        """select t.name, c.instrument, avg(extract(epoch from e.ended_at - e.started_at)) * 1000
           from (select * from work.execution order by execution_id desc limit 20000) e
           join work.unit u using (unit_id) join registry.quantum q using (quantum_id)
           join registry.task_version v using (task_version_id) join registry.task t using (task_id)
           join registry.coordinate c using (coordinate_id)
           where e.outcome = 'ok' group by 1, 2"""
    )
    # A clock that jumped must not make a unit last for years.
    return {(task, instrument): max(1, min(DAY_MS, round(mean))) for task, instrument, mean in rows}
