"""Invalidation: planned with what the runs were planned with, and what follows goes on from what came out."""

from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from pipeline.definition import read
from pipeline.lineage.invalidate import Again, plan_again, requests
from pipeline.running import make_plan, submit_or_find
from schema.ledger.curation import chain, tag
from schema.ledger.marks import Target, mark
from schema.settings import Settings
from tests.support.campaigns import MONDAY, WEEK, make, turn
from tests.support.lineage import NOW, do, key_of, read_toys, replace_raw, toy_pipeline

pytestmark = pytest.mark.database
COUNT = "name: toys\ndescription: Toys.\ntasks: {toy_count: {}}\n"
FOLLOWER = "name: after\ndescription: Doubles.\nfollows: toys\ntasks: {toy_double: {}}\n"


def run(owner: Connection[Any], pipeline: str, inputs: list[str], name: str) -> None:
    """Plan a pipeline on some collections, as `skyledger run --input` does, and do it."""
    do(owner, submit_or_find(owner, make_plan(owner, read(pipeline), inputs, None), name, NOW))


def invalidated(owner: Connection[Any], root: int, files: list[str]) -> list[Again]:
    """Do again what hangs on a dataset."""

    def work(again: Again) -> str:
        name = submit_or_find(owner, again.plan, f"again/{again.pipeline.name}", NOW)
        do(owner, name)
        return name

    return list(plan_again(owner, [root], files, work))


def read_of(owner: Connection[Any], dataset: int) -> list[int]:
    found = owner.execute("select input_dataset_id from lineage where dataset_id = %s order by 1", [dataset])
    return [key for (key,) in found]


def test_what_was_planned_with_named_collections_is_planned_with_them_again(
    toys: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    """The replacement came into the chain that was named; the collections of the default do not have it."""
    raws = [key_of(owner, "raw_image", detector) for detector in (0, 1)]
    tag(owner, "picked", raws)
    chain(owner, "mine", ["picked"])
    read_toys(tmp_path)
    run(owner, str(tmp_path / "toys.yaml"), ["mine"], "named")
    assert owner.execute("select inputs from run where run = 'named'").fetchone() == (["mine"],)
    mark(owner, Target(dataset_id=raws[1]), "bad", "Light leak.")
    better = replace_raw(owner, toys, tmp_path, 1, "a better file of detector 1", "picked")
    (again,) = invalidated(owner, raws[1], [str(tmp_path / "toys.yaml")])
    assert list(again.plan.counts()) == [("toy_count", 1, 1), ("toy_double", 1, 1)]
    assert read_of(owner, key_of(owner, "toy_count", 1)) == [better]
    assert owner.execute("select inputs from run where run = 'again/toys'").fetchone() == (["mine"],)


def test_runs_that_were_planned_with_other_collections_are_planned_apart(
    toys: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    raw = key_of(owner, "raw_image", 1)
    tag(owner, "picked", [raw])
    toys_file = str(toy_pipeline(tmp_path))
    run(owner, toys_file, [], "usual")
    run(owner, toys_file, ["picked"], "named")
    asked = requests(owner, [raw], [toys_file])
    assert sorted(one.inputs for one in asked) == [[], ["picked"]]


def test_what_the_newest_turn_of_a_campaign_excluded_is_not_made_again(
    toys: Settings, owner: Connection[Any], folder: Path
) -> None:
    make(owner, folder)
    turn(owner, MONDAY)
    make(owner, folder, "exclude: select uid from dataset where detector = 2\n")
    turn(owner, MONDAY + WEEK)
    raws = [key_of(owner, "raw_image", detector) for detector in (1, 2)]
    for detector, raw in zip((1, 2), raws, strict=True):
        mark(owner, Target(dataset_id=raw), "bad", "Light leak.")
        replace_raw(owner, toys, folder, detector, f"a better file of detector {detector}")
    (again,) = plan_again(owner, raws)
    assert list(again.plan.counts()) == [("toy_count", 1, 2), ("toy_double", 1, 2)]
    assert again.outside == 2


@pytest.mark.parametrize("inputs", [[], ["usual", "Toy/raw"]])
def test_what_follows_goes_on_from_a_run_that_is_not_whole(
    toys: Settings, owner: Connection[Any], tmp_path: Path, inputs: list[str]
) -> None:
    """The configuration has changed meanwhile: only what the mark concerns is computed with it."""
    files = [str(toy_pipeline(tmp_path, COUNT)), str(tmp_path / "after.yaml")]
    (tmp_path / "after.yaml").write_text(FOLLOWER)
    run(owner, files[0], [], "usual")
    run(owner, files[1], inputs, "followed")
    old = [key_of(owner, "toy_double", detector) for detector in range(4)]
    raw = key_of(owner, "raw_image", 2)
    mark(owner, Target(dataset_id=raw), "bad", "Light leak.")
    replace_raw(owner, toys, tmp_path, 2, "a better file of detector 2")
    toy_pipeline(tmp_path, COUNT.replace("{}", "{idle: 9}"))
    first, second = invalidated(owner, raw, files)
    assert (first.plan.pipeline, first.left) == ("invalidate/toys", 3)
    assert second.plan.pipeline == "after"
    assert list(second.plan.counts()) == [("toy_double", 1, 3)]
    assert read_of(owner, key_of(owner, "toy_double", 2)) == [key_of(owner, "toy_count", 2)]
    assert [key_of(owner, "toy_double", detector) for detector in (0, 1, 3)] == [old[0], old[1], old[3]]
