"""A run from plan to end: what `skyledger run` does."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg import Connection
from rich.progress import Progress, TaskID

from pipeline.definition import Pipeline
from pipeline.errors import BadWhere
from pipeline.planner.graph import Plan
from pipeline.planner.plan import plan
from pipeline.planner.submit import find_run, submit
from pipeline.pool import Pool
from schema.connect import connect
from schema.ledger.collections import find
from schema.progress import progress

STATES = "select task, count(*), count(*) filter (where state in ('done', 'reused', 'dead', 'blocked')) from public.work_unit where run = %s group by 1"


def make_plan(connection: Connection[Any], pipeline: Pipeline, inputs: Sequence[str], where: str | None) -> Plan:
    """Plan a pipeline.

    Parameters
    ----------
    inputs
        Collections, searched in this order; all that `ingest` filled when there is none.
    where
        Condition on the view `dataset`, for the data IDs to start from.
    """
    names = list(inputs) or [
        row[0] for row in connection.execute("select run from public.run where pipeline = 'ingest' order by 1")
    ]
    chosen = None if where is None else _choose(pipeline, where)
    return plan(connection, pipeline, find(connection, names), chosen)


def _choose(pipeline: Pipeline, where: str) -> list[int]:
    """Find the leading inputs that a condition of the user's selects, in the reader's role."""
    leading = next(iter(pipeline.classes()[0].inputs().values())).dataset_type
    with connect("reader") as reader:
        reader.read_only = True
        try:
            with reader.transaction():
                reader.execute("set local statement_timeout = '30s'")
                # The extended protocol takes one statement; the reader sees views and may write nothing.
                rows = reader.execute(
                    f"select dataset_id from public.dataset where dataset_type = %s and ({where})".encode(), [leading]
                )  # noqa: S608
                return [row[0] for row in rows]
        except psycopg.Error as error:
            raise BadWhere(where, str(error).splitlines()[0]) from error


def submit_or_find(connection: Connection[Any], planned: Plan, name: str | None, now: datetime) -> str:
    """Submit a plan; the same plan is the same run, unless a name asks for another."""
    known = find_run(connection, planned) if name is None else None
    if known is not None:
        return known[1]
    chosen = name or f"{planned.pipeline}/{now:%Y%m%dT%H%M%SZ}"
    submit(connection, planned, chosen)
    return chosen


def work_until_ended(run: str, workers: int) -> None:
    """Let local workers pull until a run has ended, with a bar per task."""
    with progress() as display, Pool(workers) as pool:
        bars: dict[str, TaskID] = {}
        pool.watch(lambda connection: _show(connection, run, display, bars))


def _show(connection: Connection[Any], run: str, display: Progress, bars: dict[str, TaskID]) -> bool:
    """Bring the bars up to date; say whether all is settled."""
    rows = connection.execute(STATES, [run]).fetchall()
    for task, total, settled in rows:
        if task not in bars:
            bars[task] = display.add_task(task, total=total, note="")
        display.update(bars[task], completed=settled, total=total)
    return all(total == settled for _, total, settled in rows)
