"""What descends from something bad is no input: across collections, as an optional input, as an upstream result."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from pipeline.definition import Pipeline
from pipeline.errors import NothingToStartFrom
from pipeline.lineage.invalidate import OtherConfiguration, plan_again
from pipeline.planner.graph import Plan
from pipeline.planner.plan import plan
from pipeline.planner.submit import find_run, submit
from pipeline.running import default_inputs
from schema.ledger.collections import find
from schema.ledger.marks import Target, mark, unmark
from schema.settings import Settings
from tests.support.campaigns import MONDAY, PIPELINE, turn
from tests.support.campaigns import make as make_campaign
from tests.support.lineage import key_of, replace_raw, toy_pipeline
from tests.support.runs import finish, plan_toys
from tests.support.toys import Merge

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("toys")]


def count_all(owner: Connection[Any]) -> None:
    finish(owner, submit(owner, plan_toys(owner, ("toy_count",)), "first"))


def plan_of(owner: Connection[Any], *tasks: str) -> Plan:
    pipeline = Pipeline(name="after", description="Toys.", tasks={name: {} for name in tasks})
    return plan(owner, pipeline, find(owner, ["first", "Toy/raw"]))


def bad(owner: Connection[Any], dataset_type: str) -> int:
    dataset = key_of(owner, dataset_type, 1)
    mark(owner, Target(dataset_id=dataset), "bad", "Light leak.")
    return dataset


def test_a_tainted_input_of_a_collection_is_refused_and_its_root_named(owner: Connection[Any]) -> None:
    count_all(owner)
    raw = bad(owner, "raw_image")
    found = plan_of(owner, "toy_double")
    assert len(found.quanta) == 3
    (said,) = found.refused
    assert said.startswith(f"toy_count was made from dataset {raw}, marked bad: what needs it waits")
    unmark(owner, 1)
    assert len(plan_of(owner, "toy_double").quanta) == 4


def test_a_bad_optional_input_is_waited_for(owner: Connection[Any]) -> None:
    count_all(owner)
    count = bad(owner, "toy_count")
    found = plan_of(owner, "toy_merge")
    assert [len(quantum.inputs) for quantum in found.quanta] == [2, 2, 2]
    assert found.refused == [
        f"toy_count {count} is marked bad: what needs it waits until it is replaced or the mark revoked"
    ]


def test_an_optional_result_of_the_same_plan_that_is_bad_is_waited_for(owner: Connection[Any]) -> None:
    count_all(owner)
    bad(owner, "toy_count")
    found = plan_of(owner, "toy_count", "toy_merge")
    assert [(name, to_run, reused) for name, to_run, reused in found.counts()] == [
        ("toy_count", 0, 3), ("toy_merge", 3, 0),
    ]  # fmt: skip
    assert {len(quantum.inputs) for quantum in found.quanta if quantum.task is Merge} == {2}


def test_all_runs_that_hold_something_affected_are_planned_again(
    toys: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    whole = plan_toys(owner, ("toy_count",))
    for part, name in ((whole.quanta[:2], "first"), (whole.quanta[2:], "second")):
        finish(owner, submit(owner, Plan(whole.pipeline, part, [], {}, ()), name))
    roots = [key_of(owner, "raw_image", detector) for detector in range(4)]
    for root in roots:
        mark(owner, Target(dataset_id=root), "bad", "Light leak.")
    for detector in (0, 3):
        replace_raw(owner, toys, tmp_path, detector, f"a better file of detector {detector}")
    text = "name: toys\ndescription: Toys.\ntasks: {toy_count: {}}\n"
    (again,) = plan_again(owner, roots, [str(toy_pipeline(tmp_path, text))])
    assert len(again.plan.to_run) == 2
    assert again.outside == 2
    assert again.plan.pipeline == "toys"


def test_a_turn_of_a_campaign_is_no_default_input(toys: Settings, owner: Connection[Any], tmp_path: Path) -> None:
    (tmp_path / "toys.yaml").write_text(PIPELINE)
    make_campaign(owner, tmp_path)
    turn(owner, MONDAY)
    follower = Pipeline(name="after", description="Toys.", follows="toys", tasks={"toy_double": {}})
    with pytest.raises(NothingToStartFrom):
        default_inputs(owner, follower)
    same = plan_toys(owner, sleep=0.0)
    assert same.to_run == []
    assert find_run(owner, same) is None


def test_a_run_with_another_configuration_than_the_shipped_pipeline_is_not_planned_with_that(
    owner: Connection[Any],
) -> None:
    whole = plan_toys(owner, ("toy_count",))
    finish(owner, submit(owner, replace(whole, pipeline="single_frame"), "mine"))
    with pytest.raises(OtherConfiguration, match=r"the run mine has another configuration of toy_count .* --pipeline"):
        list(plan_again(owner, [key_of(owner, "raw_image", 1)]))
