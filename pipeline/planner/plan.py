"""From a pipeline to quanta."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import Connection

from pipeline.classes import read_classes
from pipeline.definition import Pipeline
from pipeline.errors import BadPipeline
from pipeline.planner.calibrations import add_calibrations
from pipeline.planner.costs import mean_cpu
from pipeline.planner.existing import note_existing
from pipeline.planner.graph import Place, Plan, Planned, Quantum
from pipeline.planner.inputs import draft_task
from pipeline.planner.loads import plan_loads
from pipeline.planner.overlaps import add_prerequisites
from pipeline.planner.search import Search
from pipeline.task import Task


def plan(
    connection: Connection[Any],
    pipeline: Pipeline,
    collections: Sequence[int],
    chosen: Sequence[int] | None = None,
    salts: Mapping[str, int] | None = None,
    expected: Mapping[str, Mapping[Place, Planned]] | None = None,
) -> Plan:
    """Work out what a pipeline would do on some collections; nothing is written but coordinates.

    Parameters
    ----------
    collections
        Where inputs are looked for, in this order.
    chosen
        Datasets to start from, of the type that the pipeline starts from; None for all.
    salts
        By task: above 0 to recompute on purpose what no run with that salt has computed.
    expected
        Datasets that are taken for being there, by type; see `pipeline.planner.expected`.
    """
    search = Search.begin(connection, pipeline, collections, chosen)
    for dataset_type, datasets in (expected or {}).items():
        search.add_made(dataset_type, datasets, {})
    quanta: list[Quantum] = []
    for task in pipeline.classes():
        quanta += _plan_task(search, pipeline, task, (salts or {}).get(task.name, 0))
    quanta += plan_loads(connection, quanta)
    _refuse_unknown_classes(connection, pipeline, quanta)
    steps = {quantum.task.name for quantum in quanta}
    specifications = tuple(one for one in pipeline.specifications if one.metric.partition(".")[0] in steps)
    return Plan(pipeline.name, quanta, search.refused, mean_cpu(connection, steps), specifications)


def _plan_task(search: Search, pipeline: Pipeline, task: type[Task], salt: int) -> list[Quantum]:
    """Find where a task runs, what it reads there and what of it is done; what it makes others may read."""
    draft = draft_task(search, pipeline, task, salt)
    add_calibrations(search, draft)
    add_prerequisites(search, draft)
    note_existing(search, draft)
    for name, output in task.outputs().items():
        search.add_made(output.dataset_type, {one.place: one.output(name) for one in draft.quanta}, draft.bad)
    return draft.quanta


def _refuse_unknown_classes(connection: Connection[Any], pipeline: Pipeline, quanta: list[Quantum]) -> None:
    """Refuse classes of resources that the ledger does not have, before anything is submitted."""
    known = [one.name for one in read_classes(connection)]
    for name, task in {quantum.step.resources.queue: quantum.task.name for quantum in quanta}.items():
        if name not in known:
            said = f"the resources of {task} name the class {name!r}; the classes of this ledger are {', '.join(known)}"
            raise BadPipeline(pipeline.name, said)
