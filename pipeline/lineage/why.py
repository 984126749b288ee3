"""Why a dataset is there, or is not; whether today's code would give it again."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from psycopg import Connection

from pipeline.definition import Pipeline
from pipeline.errors import BadPipeline, NothingToStartFrom
from pipeline.lineage.make import Making, NothingMakes, NothingToMakeFrom, pipeline_of, plan_target
from pipeline.running import default_inputs
from queries.lineage.facts import read_facts, sentences
from queries.lineage.naming import Named, NoSuchDataset, candidates, find_dataset
from schema.canonical import digest
from schema.dimensions import spoken

# The newest unit that was to make a dataset type at some data IDs, and of a blocked one what blocks it.
UNIT = """
with newest as (
  select u.* from work.unit u join registry.quantum q using (quantum_id)
  join registry.task_version v using (task_version_id) join registry.task t using (task_id)
  where t.name = any(%(tasks)s)
    and (q.coordinate_id = any(%(places)s)
      or q.coordinate_id in (select d.coordinate_id from registry.dataset d where d.dataset_id = any(%(starts)s)))
  order by u.unit_id desc limit 1
), needed as (
  with recursive walk (unit_id) as (
    select unit_id from newest
    union
    select d.needs from walk w join work.dependency d on d.unit_id = w.unit_id
  )
  select unit_id from walk
)
select u.unit_id, w.state, w.run, w.task, w.attempt, e.error_class, e.error, u.unit_id = (select unit_id from newest)
from needed join work.unit u using (unit_id) join public.work_unit w using (unit_id)
left join lateral (
  select x.error_class, x.error from work.execution x where x.unit_id = u.unit_id order by x.execution_id desc limit 1
) e on true
where u.state = 'dead' or u.unit_id = (select unit_id from newest)
order by u.unit_id desc"""

# Code and configuration of what a dataset was made by, task by task at its own data ID.
RECORD = """
select t.name, v.code_digest, g.digest, g.body
from registry.upstream(array[%(dataset)s]::bigint[]) w
join registry.dataset d on d.dataset_id = w.dataset_id
join registry.quantum q using (quantum_id)
join registry.task_version v using (task_version_id)
join registry.task t using (task_id)
join registry.config g using (config_id)
where q.coordinate_id = (select x.coordinate_id from registry.dataset x where x.dataset_id = %(dataset)s)"""

# What a dataset was made from by some tasks, back to a type, and what stands in the place of that.
READ = """
with recursive walk (dataset_id) as (
  select %(dataset)s::bigint
  union
  select i.dataset_id
  from walk w join registry.dataset d on d.dataset_id = w.dataset_id
  join registry.quantum q using (quantum_id)
  join registry.task_version v using (task_version_id)
  join registry.task t using (task_id)
  join registry.quantum_input i using (quantum_id)
  where t.name = any(%(tasks)s)
)
select distinct n.dataset_id
from walk w join registry.dataset d on d.dataset_id = w.dataset_id
join registry.dataset_type y on y.dataset_type_id = d.dataset_type_id and y.name = %(leading)s
join registry.dataset n on n.dataset_type_id = d.dataset_type_id and n.coordinate_id = d.coordinate_id"""

STATES = {
    "waiting": "waits for other units",
    "ready": "is in the queue",
    "leased": "is being worked on",
    "cancelled": "was cancelled; `skyledger resume` takes it up",
    "done": "found nothing to do",
    "reused": "found nothing to do",
}


def explain(
    connection: Connection[Any], name: Named, collection: str | None = None, pipeline: str | None = None
) -> Iterator[str]:
    """Say why a dataset is there, or what keeps it from being there.

    The plan that tells whether it is outdated is not submitted; the caller rolls back the data IDs that it registers.

    Raises
    ------
    NoSuchDataset
        Raised if a key or uid is in no use, or the name is that of several.
    """
    try:
        dataset = find_dataset(connection, name, collection)
    except NoSuchDataset:
        if not name.data_id or next(candidates(connection, name, None), None):
            raise
        yield from absent(connection, name, pipeline)
        return
    yield from sentences(connection, dataset)
    yield from outdated(connection, dataset, pipeline)


def outdated(connection: Connection[Any], dataset: int, pipeline: str | None = None) -> Iterator[str]:
    """Say whether the pipeline would give the same today, and if not, what differs.

    What was gathered may have been selected: then it is the data IDs that it was made from that count.
    """
    facts = read_facts(connection, dataset)
    if facts["task"] is None:
        return
    name = Named(facts["dataset_type"], {key: str(value) for key, value in spoken(facts).items()})
    try:
        found = pipeline_of(name.word, pipeline)
        making, selected = _plan_today(connection, dataset, facts["uid"], found, name)
    except (NothingMakes, NothingToMakeFrom, NothingToStartFrom, BadPipeline) as error:
        yield f"whether it is outdated cannot be said: {error}"
        return
    if facts["uid"] in making.uids(name.word):
        more = " from the data IDs that it was made from; there are others, which it leaves out" if selected else ""
        yield f"up to date: {found.name} would give the same today{more}"
        return
    yield from (f"outdated: {reason}" for reason in _reasons(connection, dataset, making))


def absent(connection: Connection[Any], name: Named, pipeline: str | None = None) -> Iterator[str]:
    """Say what keeps a dataset from being there: a unit, or what the planner refuses."""
    found = pipeline_of(name.word, pipeline)
    yield f"there is no {name}; {found.name} makes {name.word}"
    starts = [key for key, _ in candidates(connection, Named(found.leading_type, name.data_id), None, most=None)]
    tasks = [one.name for one in found.classes() if name.word in {out.dataset_type for out in one.outputs().values()}]
    places: list[int] = []
    try:
        making = plan_target(connection, found, name, default_inputs(connection, found))
        said = f"`skyledger make {name}` would make it: {len(making.plan.to_run)} units to run"
        places = [target.place.coordinate_id for target in making.targets]
    except (NothingToMakeFrom, NothingToStartFrom) as refusal:
        said = str(refusal)
    asked_for = {"tasks": tasks, "starts": starts, "places": places}
    for unit, state, run, task, attempts, kind, error, asked in connection.execute(UNIT, asked_for):
        known = STATES.get(state, f"is {state}")
        if state == "dead":
            known = f"is dead after {attempts} attempts: {kind}: {error}; `skyledger retry {unit}` tries again"
        yield f"{'' if asked else 'it needs '}unit {unit} of {task} in run {run}{' which' * (not asked)} {known}"
    yield said


def _plan_today(
    connection: Connection[Any], dataset: int, uid: UUID, pipeline: Pipeline, name: Named
) -> tuple[Making, bool]:
    """Plan a dataset from all that there is, or where tasks gather and that is not it, from what it was made from.

    Returns
    -------
    The making, and whether it starts only from what the dataset was made from.
    """
    gathers = any(task.gathers() for task in pipeline.classes())
    inputs = default_inputs(connection, pipeline)
    try:
        making = plan_target(connection, pipeline, name, inputs)
    except NothingToMakeFrom:
        if not gathers:
            raise
    else:
        if not gathers or uid in making.uids(name.word):
            return making, False
    return plan_target(connection, pipeline, name, inputs, _read_by(connection, dataset, pipeline)), True


def _read_by(connection: Connection[Any], dataset: int, pipeline: Pipeline) -> list[int]:
    """Give what a pipeline started from to make a dataset, as it is today."""
    asked = {"dataset": dataset, "tasks": list(pipeline.tasks), "leading": pipeline.leading_type}
    return [key for (key,) in connection.execute(READ, asked)]


def _reasons(connection: Connection[Any], dataset: int, making: Making) -> Iterator[str]:
    """Name the code and configurations that differ from the record; when none does, an input was replaced."""
    record = {task: rest for task, *rest in connection.execute(RECORD, {"dataset": dataset})}
    said = False
    for quantum in making.plan.quanta:
        if quantum.task.name not in record or quantum.patient:
            continue
        code, config, body = record[quantum.task.name]
        today = quantum.step.config.identity()
        if quantum.step.code != code:
            said = True
            yield f"the code of {quantum.task.name} was {code.hex()[:12]} and is {quantum.step.code.hex()[:12]} today"
        if digest(today) != config:
            said = True
            changed = sorted(key for key in {*body, *today} if body.get(key) != today.get(key))
            yield f"the configuration of {quantum.task.name} differs in {', '.join(changed)}"
    if not said:
        yield "what it was made from has been replaced, or holds more or less than it did"
