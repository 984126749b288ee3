"""Invalidation: marks, and what must be computed again because of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from pipeline.definition import Pipeline, read, shipped
from pipeline.lineage.make import PREFIX, leading_type
from pipeline.lineage.restrict import restrict
from pipeline.planner.graph import Plan, Quantum
from pipeline.planner.plan import plan
from pipeline.running import default_inputs
from schema.errors import SkyledgerError
from schema.ledger.collections import find

# What was made of the marked datasets and by marked code or configurations, as tasks at data IDs.
AFFECTED = """
select distinct t.name, q.coordinate_id
from registry.downstream(%s::bigint[]) w
cross join lateral (select d.quantum_id from registry.dataset d where d.dataset_id = w.dataset_id offset 0) d
join registry.quantum q using (quantum_id)
join registry.task_version v using (task_version_id)
join registry.task t using (task_id)"""

# The newest run of each pipeline that holds something of it.
RUNS = """
select distinct on (pipeline) pipeline, run_id
from (
  select distinct regexp_replace(r.pipeline, %(prefix)s, '') as pipeline, r.run_id
  from registry.downstream(%(roots)s::bigint[]) w
  cross join lateral (
    select m.collection_id from registry.member m
    where m.dataset_id = w.dataset_id and m.until = 'infinity' offset 0) m
  join registry.run r on r.run_id = m.collection_id
  where r.pipeline <> 'ingest'
) x order by pipeline, run_id desc"""

# What such a run started from: the leading inputs, as the collections hold them today, at the data IDs of its units
# and of what it reused.
STARTS = """
select distinct n.dataset_id
from registry.member n join registry.dataset_type y using (dataset_type_id)
where n.collection_id = any(%(collections)s) and n.until = 'infinity' and y.name = %(leading)s and n.coordinate_id in (
  select q.coordinate_id from work.unit u join registry.quantum q using (quantum_id) where u.run_id = any(%(runs)s)
  union
  select m.coordinate_id from registry.member m where m.collection_id = any(%(runs)s))"""


class UnknownPipeline(SkyledgerError):
    """A pipeline that made something and that is not shipped."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"the pipeline {name} is not shipped: name its file with --pipeline, so that it can be planned"
        )


@dataclass(frozen=True)
class Again:
    """What a pipeline must do again."""

    pipeline: Pipeline
    plan: Plan
    left: int  # quanta that the marks do not concern, and that differ from the record for another reason


def plan_again(connection: Connection[Any], roots: Sequence[int], files: Sequence[str] = ()) -> Iterator[Again]:
    """Plan anew what hangs on some datasets, one pipeline after the other.

    The request of the newest run that holds something of it is planned as a whole, so that the new run can take the
    place of the old one. What is affected runs; everything else is reused. Work that has another reason, such as code
    that has changed since, is left out, unless what is affected needs it.

    Parameters
    ----------
    roots
        Datasets that are marked, or were made by marked code or a marked configuration.
    files
        Files of pipelines that are not shipped.

    Raises
    ------
    UnknownPipeline
        Raised if a pipeline that made something of it is neither shipped nor given.
    """
    affected = {(task, place) for task, place in connection.execute(AFFECTED, [list(roots)])}
    runs = dict(connection.execute(RUNS, {"roots": list(roots), "prefix": f"^{PREFIX}"}).fetchall())
    for pipeline in _in_order(runs, files):
        whole = plan(connection, pipeline, *_request(connection, pipeline, runs[pipeline.name]))

        def counts(quantum: Quantum) -> bool:
            return quantum.reused or (quantum.task.name, quantum.place.coordinate_id) in affected

        cut = restrict(whole, counts)
        yield Again(pipeline, cut, len([one for one in whole.quanta if not one.patient]) - _computed(cut))


def _computed(cut: Plan) -> int:
    return len([one for one in cut.quanta if not one.patient])


def _in_order(runs: Mapping[str, int], files: Sequence[str]) -> list[Pipeline]:
    """Give the pipelines of runs, each after the one that it follows."""
    given = {one.name: one for one in map(read, files)}
    for name in runs:
        if name not in given and name not in shipped():
            raise UnknownPipeline(name)
    pipelines = [given[name] if name in given else read(name) for name in runs]
    return sorted(pipelines, key=lambda one: (one.follows in runs, one.name))


def _request(connection: Connection[Any], pipeline: Pipeline, run: int) -> tuple[list[int], list[int]]:
    """Give the collections that a pipeline reads today, and what a run of it started from."""
    collections = find(connection, default_inputs(connection, pipeline))
    asked = {"collections": collections, "leading": leading_type(pipeline), "runs": [run]}
    return collections, [row[0] for row in connection.execute(STARTS, asked)]
