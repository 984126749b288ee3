"""Invalidation: marks, and what must be computed again because of them."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from psycopg import Connection

from pipeline.campaigns.create import created
from pipeline.campaigns.turns import pipeline_of_turn
from pipeline.definition import Pipeline, read, shipped
from pipeline.lineage.restrict import restrict
from pipeline.planner.graph import Plan, Quantum
from pipeline.planner.plan import plan
from pipeline.running import default_inputs
from pipeline.task import Gather
from schema.canonical import digest
from schema.errors import SkyledgerError
from schema.ledger.collections import find, flatten

PREFIX = "invalidate/"

# What was made of the marked datasets and by marked code or configurations, as tasks at data IDs, by the runs that
# hold it now: what another run has made there is no reason to make it here.
AFFECTED = """
select distinct m.collection_id, t.name, q.coordinate_id
from registry.downstream(%s::bigint[]) w
cross join lateral (
  select n.collection_id from registry.member n where n.dataset_id = w.dataset_id and n.until = 'infinity' offset 0) m
cross join lateral (select d.quantum_id from registry.dataset d where d.dataset_id = w.dataset_id offset 0) d
join registry.quantum q using (quantum_id)
join registry.task_version v using (task_version_id)
join registry.task t using (task_id)"""

# The runs that hold something of it now, the newest last: those of a pipeline that were planned with the same
# collections, apart from the turns of each campaign.
RUNS = """
select pipeline, campaign, inputs, array_agg(run_id order by run_id)
from (
  select distinct regexp_replace(r.pipeline, '^(make|invalidate)/', '') as pipeline, a.name as campaign,
         coalesce(r.inputs, '{}') as inputs, r.run_id
  from registry.downstream(%(roots)s::bigint[]) w
  cross join lateral (
    select m.collection_id from registry.member m
    where m.dataset_id = w.dataset_id and m.until = 'infinity' offset 0) m
  join registry.run r on r.run_id = m.collection_id
  left join registry.campaign_run t using (run_id) left join registry.campaign a using (campaign_id)
  where r.pipeline <> 'ingest'
) x group by 1, 2, 3"""

# The configurations of what a run holds, by task and camera.
CONFIGS = """
select t.name, o.instrument, array_agg(distinct c.digest)
from registry.member m
join registry.dataset d using (dataset_id) join registry.quantum q using (quantum_id)
join registry.task_version v using (task_version_id) join registry.task t using (task_id)
join registry.config c using (config_id) join registry.coordinate o on o.coordinate_id = d.coordinate_id
where m.collection_id = %s and m.until = 'infinity' group by 1, 2"""

# What such runs started from: the leading inputs, as the collections hold them today, at the data IDs of their
# units and of what they reused; where those are gathered, at the data IDs of what was read. What the newest turn of a
# campaign excluded is left out.
STARTS = """
select distinct n.dataset_id
from registry.member n join registry.dataset_type y using (dataset_type_id)
where n.collection_id = any(%(collections)s) and n.until = 'infinity' and y.name = %(leading)s and n.coordinate_id in (
  select q.coordinate_id from work.unit u join registry.quantum q using (quantum_id) where u.run_id = any(%(runs)s)
  union
  select m.coordinate_id from registry.member m where m.collection_id = any(%(runs)s)
  union
  select g.coordinate_id
  from registry.member m join registry.dataset d using (dataset_id) join registry.quantum_input i using (quantum_id)
  join registry.dataset g on g.dataset_id = i.dataset_id
  where %(gathers)s and m.collection_id = any(%(runs)s)
  except
  select d.coordinate_id
  from registry.campaign_run t join registry.campaign_exclusion x using (campaign_run_id)
  join registry.dataset d on d.dataset_id = x.dataset_id where t.run_id = %(newest)s)"""


class UnknownPipeline(SkyledgerError):
    """A pipeline that made something and that is not shipped."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"the pipeline {name} is not shipped: name its file with --pipeline, so that it can be planned"
        )


class OtherConfiguration(SkyledgerError):
    """A run with another configuration than the shipped pipeline has."""

    def __init__(self, pipeline: str, task: str, run: str) -> None:
        self.pipeline, self.task, self.run = pipeline, task, run
        super().__init__(
            f"the run {run} has another configuration of {task} than the shipped pipeline {pipeline}: give the file "
            f"that it was made with as --pipeline FILE, or say --pipeline {pipeline} to go on with the shipped one"
        )


@dataclass(frozen=True)
class Request:
    """What a pipeline was asked for: runs that hold something affected."""

    pipeline: Pipeline
    campaign: str | None
    inputs: list[str]  # collections that were named; empty: the default ones
    runs: list[int]  # the newest last


@dataclass(frozen=True)
class Again:
    """What a pipeline must do again."""

    pipeline: Pipeline
    plan: Plan
    left: int  # quanta that the marks do not concern, and that differ from the record for another reason
    outside: int  # affected quanta of this pipeline that are not in the plan: nothing leads there any more
    run: str | None = None  # that did it


Work = Callable[[Again], str | None]  # lets workers do it, and gives the run; None where there is nothing to do


def plan_again(
    connection: Connection[Any], roots: Sequence[int], files: Sequence[str] = (), work: Work = lambda _: None
) -> Iterator[Again]:
    """Plan anew what hangs on some datasets, one pipeline after the other.

    The requests of all runs that hold something of it are planned as one, if they were planned with the same
    collections. Where a task gathers, each is planned for itself: its selection is a part of what it made, the frames
    of one night for example. What is affected runs; everything else is reused. Work that has another reason, such as
    code that has changed since, is left out, unless what is affected needs it: then the new run is not whole, and is
    not called a run of the pipeline, so that by default none goes on from it. Here a pipeline that read the old runs
    reads the new one first, and what was left out from the old ones.

    Parameters
    ----------
    roots
        Datasets that are marked, or were made by marked code or a marked configuration.
    files
        Files of pipelines that are not shipped.
    work
        Called with each plan before the next is made: what follows depends on what comes out.

    Raises
    ------
    UnknownPipeline
        Raised if a pipeline that made something of it is neither shipped nor given.
    OtherConfiguration
        Raised if the newest run was made with another configuration than a pipeline has that nobody gave.
    """
    affected: dict[int, set[tuple[str, int]]] = defaultdict(set)
    for held_by, task, place in connection.execute(AFFECTED, [list(roots)]):
        affected[held_by].add((task, place))
    before: list[tuple[Request, str]] = []
    for request in requests(connection, roots, files):
        again = _plan_one(connection, request, before, set().union(*(affected[one] for one in request.runs)))
        run = work(again)
        if run is not None:
            before.append((request, run))
        yield replace(again, run=run)


def _plan_one(
    connection: Connection[Any],
    request: Request,
    before: Sequence[tuple[Request, str]],
    affected: set[tuple[str, int]],
) -> Again:
    """Plan what a pipeline was asked for, cut down to what is affected, as tasks at data IDs; `before` is done."""
    pipeline = request.pipeline
    whole = plan(connection, pipeline, *_starts(connection, request, before))

    def counts(quantum: Quantum) -> bool:
        return quantum.reused or (quantum.task.name, quantum.place.coordinate_id) in affected

    cut = restrict(whole, counts)
    left = len([one for one in whole.quanta if not one.patient]) - _computed(cut)
    planned = {(one.task.name, one.place.coordinate_id) for one in cut.quanta}
    outside = len([one for one in affected - planned if one[0] in pipeline.tasks])
    name = f"{PREFIX}{cut.pipeline}" if left else cut.pipeline
    return Again(pipeline, replace(cut, pipeline=name, inputs=tuple(request.inputs)), left, outside)


def requests(connection: Connection[Any], roots: Sequence[int], files: Sequence[str] = ()) -> list[Request]:
    """Give what was asked for of each pipeline, each after the one that it follows; raises as `plan_again` does."""
    given = {one.name: one for one in map(read, files)}
    found = []
    for name, campaign, inputs, runs in connection.execute(RUNS, {"roots": list(roots)}).fetchall():
        if name in given:
            pipeline = given[name]
        elif campaign is not None:
            pipeline = pipeline_of_turn(connection, runs[-1])
        elif name in shipped():
            pipeline = read(name)
            _refuse_other(connection, pipeline, runs[-1])
        else:
            raise UnknownPipeline(name)
        gathers = any(task.gathers() for task in pipeline.classes())
        found += [Request(pipeline, campaign, inputs, own) for own in ([[one] for one in runs] if gathers else [runs])]
    follows = {one.pipeline.name: one.pipeline.follows for one in found}
    return sorted(found, key=lambda one: (_depth(follows, one.pipeline.name), one.pipeline.name, one.runs))


def _depth(follows: Mapping[str, str | None], name: str) -> int:
    """Tell how many of these pipelines come before one."""
    before: set[str] = set()
    following = follows.get(name)
    while following is not None and following in follows and following not in before:
        before.add(following)
        following = follows[following]
    return len(before)


def _refuse_other(connection: Connection[Any], pipeline: Pipeline, run: int) -> None:
    """Refuse a pipeline that is not configured as a run of its name is."""
    for task, instrument, digests in connection.execute(CONFIGS, [run]).fetchall():
        known = task in pipeline.tasks
        if not known or digest(pipeline.config(task, instrument).identity()) not in digests:
            named = connection.execute(
                "select name from registry.collection where collection_id = %s", [run]
            ).fetchone()
            assert named is not None
            raise OtherConfiguration(pipeline.name, task, named[0])


def _computed(cut: Plan) -> int:
    return len([one for one in cut.quanta if not one.patient])


def _starts(
    connection: Connection[Any], request: Request, before: Sequence[tuple[Request, str]]
) -> tuple[list[int], list[int]]:
    """Give the collections that a pipeline reads today, and what its runs started from; `before` was made again."""
    inputs: Sequence[str] = request.inputs
    if request.campaign is not None:
        inputs = created(connection, request.campaign).campaign.inputs
    old = flatten(connection, list(inputs) or default_inputs(connection, request.pipeline))
    fresh = find(connection, [run for one, run in reversed(before) if _reads(request, one, old)])  # the newest counts
    collections = list(dict.fromkeys([*fresh, *old]))
    leading = request.pipeline.leading(request.pipeline.classes()[0])
    asked: dict[str, Any] = {"collections": collections, "leading": leading.dataset_type, "runs": request.runs}
    asked |= {"gathers": isinstance(leading, Gather), "newest": request.runs[-1]}
    return collections, [row[0] for row in connection.execute(STARTS, asked)]


def _reads(request: Request, before: Request, collections: Sequence[int]) -> bool:
    """Tell whether a pipeline goes on from another one's runs: by the collections that it reads, or by default."""
    if not set(before.runs).isdisjoint(collections):
        return True
    by_default = not request.inputs and request.campaign is None and before.campaign is None
    return by_default and request.pipeline.follows == before.pipeline.name
