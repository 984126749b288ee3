"""The transaction that registers results: every row and every digit arrives, or nothing does."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import Connection, errors

from pipeline.commit import commit
from pipeline.definition import Pipeline
from pipeline.planner.plan import plan
from pipeline.planner.submit import submit
from pipeline.units import Unit
from schema.canonical import output_uid
from schema.connect import connect
from schema.ledger.collections import find
from schema.settings import Settings
from tests.bench.frames import claim_all, finish, register_frames, tasks_of
from tests.support.plans import Watch
from tests.support.queue import enlist

pytestmark = pytest.mark.database
TYPES = ("bench_first", "bench_second", "bench_third")
REGISTERED = """
select d.uid, y.name, d.coordinate_id, d.quantum_id, d.output_name, d.content_digest, d.n_rows, e.outcome, m.how,
       (select count(*) from registry.artifact a where a.content_digest = d.content_digest and a.n_bytes = 1000)
from registry.dataset d join registry.dataset_type y using (dataset_type_id) join work.execution e using (execution_id)
join registry.member m using (dataset_id) where m.collection_id = %s order by d.dataset_id"""
EDGES = "select count(*), count(distinct dataset_id) from registry.quantum_input where quantum_id = %s"
MEASURED = """
select m.name, x.value from quality.measurement x join quality.metric m using (metric_id)
join registry.dataset d using (dataset_id) where d.quantum_id = %s"""
REGISTER = "select registry.register(%s, %s, %s)"
LEFT = """
select (select count(*) from registry.dataset where quantum_id is not null),
       (select count(*) from registry.quantum_input)"""


@pytest.fixture
def worker(ledger: Settings) -> Iterator[Connection[Any]]:
    with connect("worker", ledger) as connection, tasks_of("tests.bench.merge"):
        yield connection


def claimed(owner: Connection[Any], worker: Connection[Any], n: int) -> list[Unit]:
    """Plan n units of three inputs each, twice with other parameters, and claim them."""
    frames = register_frames(owner, TYPES, n)
    for number in (1, 2):
        pipeline = Pipeline(name="bench", description="Merge.", tasks={"bench_merge": {"number": number}})
        submit(owner, plan(owner, pipeline, find(owner, ["Toy/raw"]), frames), f"run {number}")
    return claim_all(worker, enlist(owner))


def test_each_output_arrives_with_what_it_was_made_of(owner: Connection[Any], worker: Connection[Any]) -> None:
    units = claimed(owner, worker, 3)
    done, stored = finish(units)
    commit(worker, done, stored)
    for run in {unit.run_id for unit in units}:
        want = [
            (
                output_uid(one.unit.provenance, "table"), "bench_merge", one.unit.coordinate_id, one.unit.quantum_id,
                "table", one.outputs["table"].content_digest, 1, "ok", "computed", 1,
            )
            for one in done if one.unit.run_id == run
        ]  # fmt: skip
        assert owner.execute(REGISTERED, [run]).fetchall() == want
        assert len(want) == 3
    for unit in units:
        assert owner.execute(EDGES, [unit.quantum_id]).fetchone() == (3, 3)
    actions = owner.execute("select action_key, quantum_id from registry.action").fetchall()
    assert sorted(actions) == sorted((unit.action_key, unit.quantum_id) for unit in units)


def test_every_value_of_a_metric_arrives_as_it_is(owner: Connection[Any], worker: Connection[Any]) -> None:
    done, stored = finish(claimed(owner, worker, 1)[:1])
    values = {
        "total": math.nan,
        "largest": -math.inf,
        "wall": 0.1 + 0.2,
        "cpu": 5e-324,
        "memory": 1.7976931348623157e308,
    }
    commit(worker, [replace(done[0], metrics=values)], stored)
    found = dict(owner.execute(MEASURED, [done[0].unit.quantum_id]).fetchall())
    assert math.isnan(found.pop("bench_merge.total"))
    assert found == {f"bench_merge.{name}": value for name, value in values.items() if name != "total"}


def test_a_result_that_is_taken_over_has_content_and_metrics_of_the_first(
    owner: Connection[Any], worker: Connection[Any]
) -> None:
    first, second = claimed(owner, worker, 1)
    done, stored = finish([first])
    commit(worker, done, stored)
    taken = replace(done[0], unit=second, outputs={}, metrics={}, reuses=first.quantum_id)
    commit(worker, [taken], {})
    ((_, kind, _, quantum, name, content, n_rows, outcome, how, files),) = owner.execute(
        REGISTERED, [second.run_id]
    ).fetchall()
    assert (kind, quantum, name) == ("bench_merge", second.quantum_id, "table")
    assert (content, n_rows) == (done[0].outputs["table"].content_digest, 1)
    assert (outcome, how, files) == ("reused", "reused", 1)
    measured = [sorted(owner.execute(MEASURED, [unit.quantum_id]).fetchall()) for unit in (first, second)]
    assert measured[0] == measured[1]
    assert len(measured[0]) == 5
    assert owner.execute("select count(*) from registry.action").fetchone() == (1,)


def test_another_content_that_is_taken_over_is_noted(owner: Connection[Any], worker: Connection[Any]) -> None:
    first, second = claimed(owner, worker, 1)
    done, stored = finish([first, second])
    mine, other = (one.outputs["table"].content_digest for one in reversed(done))
    commit(worker, done, stored)
    assert mine != other
    # The quantum that has a result already comes again, and another has the recipe now.
    owner.execute("update work.unit set state = 'waiting' where unit_id = %s", [second.unit_id])
    owner.execute("select work.make_ready(%s)", [[second.unit_id]])
    (again,) = claim_all(worker, enlist(owner))
    commit(worker, [replace(done[0], unit=again, outputs={}, metrics={}, reuses=first.quantum_id)], {})
    noted = owner.execute("select quantum_id, output_name, expected, got from registry.nondeterminism").fetchall()
    assert noted == [(second.quantum_id, "table", mine, other)]


@pytest.mark.parametrize("unknown", [{"type": "other"}, {"metrics": {"bench_merge.other": 1.0}}])
def test_what_nobody_has_defined_is_refused_with_all_else(
    unknown: dict[str, Any], owner: Connection[Any], worker: Connection[Any]
) -> None:
    unit, other = claimed(owner, worker, 1)
    row = {"name": "table", "type": "bench_merge", "content": f"\\x{'00' * 32}", "metrics": {}}
    rows = [
        row | {"unit": other.unit_id, "uid": str(output_uid(other.provenance, "table"))},
        row | {"unit": unit.unit_id, "uid": str(output_uid(unit.provenance, "table"))} | unknown,
    ]
    with pytest.raises(errors.NotNullViolation):
        worker.execute(REGISTER, [[unit.unit_id, other.unit_id], [None, None], json.dumps(rows)])
    assert owner.execute(LEFT).fetchone() == (0, 0)
    worker.execute(REGISTER, [[unit.unit_id, other.unit_id], [None, None], json.dumps([rows[0], rows[1] | row])])
    assert owner.execute(LEFT).fetchone() == (2, 6)


def test_a_plan_made_in_an_empty_ledger_reads_no_more_when_it_is_full(
    ledger: Settings, owner: Connection[Any], worker: Connection[Any]
) -> None:
    done, stored = finish(claimed(owner, worker, 60))
    assert ledger.database_url
    with psycopg.connect(ledger.database_url.get_secret_value(), autocommit=True) as admin:
        admin.execute("vacuum analyze")  # says how empty the tables are
        commit(admin, done[:1], stored)  # makes the plans of this session
        commit(admin, done[1:-1], stored)
        watch = Watch.begin(admin, -2)  # every table, also those that were never analysed
        commit(admin, done[-1:], stored)
        read = {table: of.rows for table, of in watch.read().items()}
    assert read["dataset"] > 3
    assert {table: rows for table, rows in read.items() if rows > 20} == {}
