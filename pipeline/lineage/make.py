"""Pull: a dataset and what it needs, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg import Connection

from pipeline.definition import Pipeline, read, shipped
from pipeline.errors import BadPipeline
from pipeline.lineage.restrict import restrict
from pipeline.planner.graph import Plan, Quantum
from pipeline.planner.plan import plan
from pipeline.running import ingested, submit_or_find
from queries.lineage.naming import Named, candidates
from schema.canonical import output_uid
from schema.errors import SkyledgerError
from schema.ledger.collections import find

PREFIX = "make/"
Work = Callable[[str], None]  # lets workers do a run


class NothingMakes(SkyledgerError):
    """A dataset type that no pipeline makes, or several."""

    def __init__(self, dataset_type: str, pipelines: Sequence[str], known: Sequence[str]) -> None:
        self.dataset_type, self.pipelines, self.known = dataset_type, tuple(pipelines), tuple(known)
        said = f"the pipelines {', '.join(pipelines)} make it: choose one with --pipeline"
        if not pipelines:
            said = f"no shipped pipeline makes it, name one with --pipeline; they make {', '.join(known)}"
        super().__init__(f"{dataset_type}: {said}")


class NothingToMakeFrom(SkyledgerError):
    """A data ID at which a pipeline finds nothing to start from."""

    def __init__(self, name: Named, needed: str, refused: Sequence[str]) -> None:
        self.name, self.needed, self.refused = name, needed, tuple(refused)
        why = "; ".join(refused) or f"there is no {needed} of that data ID to make it from"
        super().__init__(f"{name} cannot be made: {why}")


@dataclass(frozen=True)
class Making:
    """What stands between a data ID and its dataset."""

    pipeline: Pipeline
    plan: Plan
    targets: list[Quantum]  # those that make the dataset itself

    def uids(self, dataset_type: str) -> list[Any]:
        """Give the uids of the datasets, which are known before they are made."""
        return [
            output_uid(quantum.provenance, output)
            for quantum in self.targets
            for output, made in quantum.task.outputs().items()
            if made.dataset_type == dataset_type
        ]


def pipeline_of(dataset_type: str, chosen: str | None = None) -> Pipeline:
    """Find the pipeline that makes a dataset type, among those shipped unless one is named.

    Raises
    ------
    NothingMakes
        Raised if none does, or several do.
    """
    pipelines = [read(name) for name in ([chosen] if chosen else shipped())]
    made = {
        one.name: {out.dataset_type for task in one.classes() for out in task.outputs().values()} for one in pipelines
    }
    found = [one for one in pipelines if dataset_type in made[one.name]]
    if len(found) != 1:
        raise NothingMakes(dataset_type, [one.name for one in found], sorted(set().union(*made.values())))
    return found[0]


def plan_target(
    connection: Connection[Any],
    pipeline: Pipeline,
    name: Named,
    inputs: Sequence[str],
    starts: Sequence[int] | None = None,
) -> Making:
    """Plan a dataset type at a data ID, with what it needs and nothing else.

    Parameters
    ----------
    inputs
        Collections, in the order in which they are searched.
    starts
        Datasets to start from; None for all that fit the data ID.

    Raises
    ------
    NothingToMakeFrom
        Raised if nothing leads there; it says what was refused.
    """
    leading = pipeline.leading_type
    if starts is None:
        starts = [key for key, _ in candidates(connection, Named(leading, name.data_id), None, most=None)]
    if not starts:
        raise NothingToMakeFrom(name, leading, [])
    whole = plan(connection, pipeline, find(connection, inputs), starts)
    # Not a run of the pipeline: what goes on from the newest one must not take this for it.
    cut = replace(restrict(whole, lambda quantum: _makes(quantum, name.word)), pipeline=f"{PREFIX}{pipeline.name}")
    targets = [quantum for quantum in cut.quanta if _makes(quantum, name.word)]
    if not targets:
        raise NothingToMakeFrom(name, leading, whole.refused)
    return Making(pipeline, cut, targets)


def make(
    connection: Connection[Any], pipeline: Pipeline, name: Named, now: datetime, work: Work | None
) -> tuple[Making, list[str]]:
    """Make what is missing or outdated of a dataset, and of what it needs; what is there is left alone.

    A pipeline that goes on from another one has that make its own part first.

    Parameters
    ----------
    work
        Lets workers do a run, and returns when it has ended. None only plans, up to the first pipeline that must run:
        what follows it depends on what comes out.

    Returns
    -------
    The making, and the runs that were needed: none when everything was there.
    """
    runs: list[str] = []
    inputs = ingested(connection)
    if pipeline.follows is not None:
        before, runs = make(connection, read(pipeline.follows), Named(pipeline.leading_type, name.data_id), now, work)
        if work is None and before.plan.to_run:
            return before, runs
        inputs = [*(runs[-1:] or _runs_of(connection, before)), *inputs]
    found = plan_target(connection, pipeline, name, inputs)
    if found.plan.to_run and work is not None:
        runs.append(submit_or_find(connection, found.plan, None, now))
        work(runs[-1])
    return found, runs


def _makes(quantum: Quantum, dataset_type: str) -> bool:
    return any(output.dataset_type == dataset_type for output in quantum.task.outputs().values())


def _runs_of(connection: Connection[Any], making: Making) -> list[str]:
    """Give the runs that hold what was there already, those that hold most first, the newest of equal ones.

    Raises
    ------
    BadPipeline
        Raised if no run does: somebody took it out of its collection.
    """
    keys = [key for quantum in making.targets for key in quantum.existing.values()]
    rows = connection.execute(
        """select c.name from registry.member m join registry.run r on r.run_id = m.collection_id
           join registry.collection c using (collection_id)
           where m.dataset_id = any(%s) and m.until = 'infinity' group by c.collection_id
           order by count(*) desc, c.collection_id desc""",
        [keys],
    ).fetchall()
    if not rows:
        raise BadPipeline(making.pipeline.name, "what it made is in no run any more")
    return [name for (name,) in rows]
