"""A run from plan to end: what `skyledger run` does."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain, count
from typing import Any

from psycopg import Connection

from pipeline.definition import Pipeline
from pipeline.errors import BadRunName, BadWhere, NothingToStartFrom, UnknownStep
from pipeline.planner.existing import next_salt
from pipeline.planner.graph import Plan
from pipeline.planner.plan import plan
from pipeline.planner.submit import find_run, submit
from pipeline.pool import Pool
from pipeline.unserved import refuse_to_wait
from pipeline.watching import bars, look
from queries.errors import RefusedSql
from queries.readonly import Limits, answer_user
from schema.ledger.collections import flatten
from schema.settings import settings

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")
ALL = "all"  # every task of the pipeline
MOST_INPUTS = 10_000_000  # what one plan may start from


def make_plan(
    connection: Connection[Any],
    pipeline: Pipeline,
    inputs: Sequence[str],
    where: str | None,
    salts: Mapping[str, int] | None = None,
) -> Plan:
    """Plan a pipeline.

    Parameters
    ----------
    inputs
        Collections, searched in this order, with chains followed; those of `default_inputs` when there is none.
    where
        Condition on the view `dataset`, for the data IDs to start from.
    salts
        By task: above 0 to recompute it on purpose, as `salts_of` gives them.
    """
    names = list(inputs) or default_inputs(connection, pipeline)
    chosen = None if where is None else choose(pipeline, where)
    return replace(plan(connection, pipeline, flatten(connection, names), chosen, salts), inputs=tuple(inputs))


def salts_of(connection: Connection[Any], pipeline: Pipeline, force: Sequence[str], salt: int | None) -> dict[str, int]:
    """Give the salt of every task that is to be recomputed on purpose.

    Parameters
    ----------
    force
        Tasks, or `all`.
    salt
        One that was used before, to go on with what it began; a new one when None. Given alone it is for all tasks.

    Raises
    ------
    UnknownStep
        Raised for a task that the pipeline does not have.
    """
    for name in force:
        if name not in (ALL, *pipeline.tasks):
            raise UnknownStep(name, pipeline.name, list(pipeline.tasks))
    chosen = [name for name in pipeline.tasks if name in force or ALL in force or not force]
    if not force and salt is None:
        return {}
    return dict.fromkeys(chosen, next_salt(connection) if salt is None else salt)


def default_inputs(connection: Connection[Any], pipeline: Pipeline) -> list[str]:
    """Give the collections that a pipeline takes inputs from when none is named, in order.

    These are the newest run of the pipeline that it follows, if it follows one, all that `ingest` filled, and the
    calibration collections. A run counts when it has ended, nobody cancelled a part of it, and it holds something; the
    turns of campaigns, which may have a configuration of their own, do not.

    Raises
    ------
    NothingToStartFrom
        Raised if no run of the pipeline that it follows has ended.
    """
    if pipeline.follows is None:
        return ingested(connection)
    newest = connection.execute(
        """select run from public.run where pipeline = %s and ended and n_cancelled = 0
             and exists (select from public.member where collection = run)
             and not exists (select from registry.campaign_run t where t.run_id = public.run.run_id)
           order by run_id desc limit 1""",
        [pipeline.follows],
    ).fetchone()
    if newest is None:
        raise NothingToStartFrom(pipeline.name, pipeline.follows)
    return [newest[0], *ingested(connection)]


def ingested(connection: Connection[Any]) -> list[str]:
    """Give the collections that `ingest` filled, then those of calibrations, each by name."""
    found = connection.execute(
        """select name from registry.collection left join registry.run on run_id = collection_id
           where pipeline = 'ingest' or kind = 'calibration' order by kind = 'calibration', name"""
    )
    return [name for (name,) in found]


def choose(pipeline: Pipeline, where: str) -> list[int]:
    """Find the leading inputs that a condition of the user's selects: read-only, as a reader, in limited time."""
    question = f"select dataset_id from dataset where dataset_type = '{pipeline.leading_type}' and ({where}\n)"  # noqa: S608
    try:
        answer = answer_user(question, settings(), Limits(rows=MOST_INPUTS))
    except RefusedSql as error:
        raise BadWhere(where, error.problem) from error
    if answer.cut:
        raise BadWhere(where, f"it selects more than {MOST_INPUTS} images: plan them in parts")
    return [row[0] for row in answer.rows]


def submit_or_find(
    connection: Connection[Any], planned: Plan, name: str | None, now: datetime, weight: float | None = None
) -> str:
    """Submit a plan; the same plan is the same run, unless a new name asks for another. What was cancelled goes on.

    Parameters
    ----------
    weight
        Share of the workers against other runs; of a new run 1, of one that is there what it was, when it is not given.

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
    chosen = name or _free_name(connection, planned, now)
    with connection.transaction():
        run_id = submit(connection, planned, chosen, weight or 1.0)
        if weight is not None:
            connection.execute("select work.weigh(%s, %s)", [run_id, weight])
        connection.execute("select work.resume(%s)", [run_id])
    return chosen


def _free_name(connection: Connection[Any], planned: Plan, now: datetime) -> str:
    """Name a run by its pipeline and the time; other plans of the same second are numbered."""
    stem = f"{planned.pipeline}/{now:%Y%m%dT%H%M%SZ}"
    numbered = chain([stem], (f"{stem}-{n}" for n in count(2)))
    return next(one for one in numbered if not _is_other(connection, planned, one))


def _is_other(connection: Connection[Any], planned: Plan, name: str) -> bool:
    """Tell whether a collection has the name that is not a run of this very plan."""
    row = connection.execute(
        """select r.plan_digest from registry.collection c left join registry.run r on r.run_id = c.collection_id
           where c.name = %s""",
        [name],
    ).fetchone()
    return row is not None and row[0] != planned.digest


def work_until_ended(run: str, workers: int, memory_mb: int | None = None) -> None:
    """Let local workers pull until a run has ended, with a bar per task.

    Parameters
    ----------
    memory_mb
        What the workers may take together [MiB]; most of what is available when None.

    Raises
    ------
    NobodyServes
        Raised if all that is left is in a class of resources that nobody serves.
    """
    with bars() as shown, Pool(workers, memory_mb=memory_mb) as pool:

        def ended(connection: Connection[Any]) -> bool:
            seen = look(connection, run)
            shown.show(seen)
            refuse_to_wait(connection, run, pool.unserved)
            return seen.ended

        pool.watch(ended)
