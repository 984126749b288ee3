"""A run from plan to end: what `skyledger run` does."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection
from rich.progress import Progress, TaskID

from pipeline.definition import Pipeline
from pipeline.errors import BadRunName, BadWhere, NothingToStartFrom
from pipeline.planner.graph import Plan
from pipeline.planner.plan import plan
from pipeline.planner.submit import find_run, submit
from pipeline.pool import Pool
from queries.errors import RefusedSql
from queries.readonly import Limits, answer_user
from schema.ledger.collections import find
from schema.progress import progress
from schema.settings import settings

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")
MOST_INPUTS = 10_000_000  # what one plan may start from
STATES = """
select task, count(*), count(*) filter (where state in ('done', 'reused', 'dead', 'blocked', 'cancelled'))
from public.work_unit where run = %s group by 1"""


def make_plan(connection: Connection[Any], pipeline: Pipeline, inputs: Sequence[str], where: str | None) -> Plan:
    """Plan a pipeline.

    Parameters
    ----------
    inputs
        Collections, searched in this order; those of `default_inputs` when there is none.
    where
        Condition on the view `dataset`, for the data IDs to start from.
    """
    names = list(inputs) or default_inputs(connection, pipeline)
    chosen = None if where is None else _choose(pipeline, where)
    return plan(connection, pipeline, find(connection, names), chosen)


def default_inputs(connection: Connection[Any], pipeline: Pipeline) -> list[str]:
    """Give the collections that a pipeline takes inputs from when none is named, in order.

    These are the newest run of the pipeline that it follows, if it follows one, and all that `ingest` filled. A run
    counts when it has ended, nobody cancelled a part of it, and it holds something.

    Raises
    ------
    NothingToStartFrom
        Raised if no run of the pipeline that it follows has ended.
    """
    ingested = [row[0] for row in connection.execute("select run from public.run where pipeline = 'ingest' order by 1")]
    if pipeline.follows is None:
        return ingested
    newest = connection.execute(
        """select run from public.run where pipeline = %s and ended and n_cancelled = 0
             and exists (select from public.member where collection = run)
           order by run_id desc limit 1""",
        [pipeline.follows],
    ).fetchone()
    if newest is None:
        raise NothingToStartFrom(pipeline.name, pipeline.follows)
    return [newest[0], *ingested]


def _choose(pipeline: Pipeline, where: str) -> list[int]:
    """Find the leading inputs that a condition of the user's selects: read-only, as a reader, in limited time."""
    leading = next(iter(pipeline.classes()[0].inputs().values())).dataset_type
    question = f"select dataset_id from dataset where dataset_type = '{leading}' and ({where}\n)"  # noqa: S608
    try:
        answer = answer_user(question, settings(), Limits(rows=MOST_INPUTS))
    except RefusedSql as error:
        raise BadWhere(where, error.problem) from error
    if answer.cut:
        raise BadWhere(where, f"it selects more than {MOST_INPUTS} images: plan them in parts")
    return [row[0] for row in answer.rows]


def submit_or_find(connection: Connection[Any], planned: Plan, name: str | None, now: datetime) -> str:
    """Submit a plan; the same plan is the same run, unless a new name asks for another. What was cancelled goes on.

    Raises
    ------
    BadRunName
        Raised if the name is malformed, or belongs to something else.
    """
    if name is None:
        name = find_run(connection, planned)
    elif not NAME.fullmatch(name):
        raise BadRunName(name, "use up to 200 letters, digits and ._/-, and begin with a letter or digit")
    elif _is_other(connection, planned, name):
        raise BadRunName(name, "that name is taken by another plan or collection; choose a new one")
    chosen = name or f"{planned.pipeline}/{now:%Y%m%dT%H%M%SZ}"
    with connection.transaction():
        run_id = submit(connection, planned, chosen)
        connection.execute("select work.resume(%s)", [run_id])
    return chosen


def _is_other(connection: Connection[Any], planned: Plan, name: str) -> bool:
    """Tell whether a collection has the name that is not a run of this very plan."""
    row = connection.execute(
        """select r.plan_digest from registry.collection c left join registry.run r on r.run_id = c.collection_id
           where c.name = %s""",
        [name],
    ).fetchone()
    return row is not None and row[0] != planned.digest


def work_until_ended(run: str, workers: int) -> None:
    """Let local workers pull until a run has ended, with a bar per task."""
    with progress() as display, Pool(workers) as pool:
        bars: dict[str, TaskID] = {}
        pool.watch(lambda connection: show_progress(connection, run, display, bars))


def show_progress(connection: Connection[Any], run: str, display: Progress, bars: dict[str, TaskID]) -> bool:
    """Bring the bars up to date; say whether all is settled."""
    rows = connection.execute(STATES, [run]).fetchall()
    for task, total, settled in rows:
        if task not in bars:
            bars[task] = display.add_task(task, total=total, note="")
        display.update(bars[task], completed=settled, total=total)
    return all(total == settled for _, total, settled in rows)
