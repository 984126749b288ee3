"""Runs of toy tasks by real worker processes."""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from pipeline.definition import Pipeline
from pipeline.planner.graph import Plan
from pipeline.planner.plan import plan
from pipeline.planner.submit import submit
from pipeline.pool import Pool
from pipeline.worker import Worker
from schema.ledger.collections import find
from tests.support.queue import enlist, wake


def plan_loads(owner: Connection[Any]) -> Plan:
    """Plan a toy pipeline whose catalog is loaded."""
    pipeline = Pipeline(name="loads", description="Toys.", tasks={"toy_stars": {}})
    return plan(owner, pipeline, find(owner, ["Toy/raw"]))


def plan_toys(owner: Connection[Any], tasks: Sequence[str] = ("toy_count", "toy_double"), **config: Any) -> Plan:
    """Plan the toy pipeline on the toy camera; `config` is of the first task."""
    chosen = {name: config if name == tasks[0] else {} for name in tasks}
    pipeline = Pipeline(name="toys", description="Toys.", tasks=chosen)
    return plan(owner, pipeline, find(owner, ["Toy/raw"]))


def run_toys(owner: Connection[Any], name: str, workers: int = 2, **config: Any) -> dict[str, int]:
    """Plan, submit and run; give the number of units by state."""
    run_id = submit(owner, plan_toys(owner, **config), name)
    work_off(run_id, workers)
    return states(owner, run_id)


def work_off(run_id: int, workers: int = 2) -> None:
    """Let workers pull until the run has ended."""
    with Pool(workers) as pool:
        pool.watch(lambda connection: ended(connection, run_id), pause=0.05)


def finish(owner: Connection[Any], run_id: int) -> None:
    """Let a worker of this process do what is left of a run."""
    worker = Worker(enlist(owner))
    while not ended(owner, run_id):
        wake(owner)
        worker.step()
    worker.connection.close()


def ended(connection: Connection[Any], run_id: int) -> bool:
    """Tell whether nothing waits, is ready or is leased."""
    row = connection.execute("select ended from public.run where run_id = %s", [run_id]).fetchone()
    return bool(row and row[0])


def states(connection: Connection[Any], run_id: int) -> dict[str, int]:
    """Give the number of units by state."""
    return dict(
        connection.execute("select state, count(*) from work_unit where run_id = %s group by 1", [run_id]).fetchall()
    )


def contents(owner: Connection[Any], name: str) -> list[tuple[Any, ...]]:
    """Give what a run's collection holds, without surrogate keys."""
    return owner.execute(
        """select d.uid, d.content_digest, d.n_rows, m.how
           from registry.member m join registry.dataset d using (dataset_id)
           join registry.collection c on c.collection_id = m.collection_id where c.name = %s order by 1""",
        [name],
    ).fetchall()
