"""What was gathered can be made, explained, invalidated and foreseen like any other dataset."""

from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from pipeline.definition import Pipeline, read
from pipeline.errors import BadPipeline
from pipeline.lineage.invalidate import plan_again
from pipeline.lineage.make import make
from pipeline.lineage.why import explain
from pipeline.planner.expected import foresee
from pipeline.planner.submit import submit
from queries.lineage.naming import Named
from schema.ledger.marks import Target, mark
from schema.settings import Settings
from tests.support.combining import BiasFrame, Combine, add_raw, plan_combined, raw_of
from tests.support.lineage import NOW, do
from tests.support.runs import finish

pytestmark = pytest.mark.database
BOTH = "name: combine\ndescription: Toys.\ntasks: {toy_bias_frame: {}, toy_combine: {}}\n"
ALONE = "name: combine\ndescription: Toys.\ntasks: {toy_combine: {}}\n"
TARGET = Named("toy_combined", {"instrument": "Toy", "detector": "1"})


def write(folder: Path, text: str = BOTH) -> str:
    path = folder / "combine.yaml"
    path.write_text(text)
    return str(path)


def test_a_combined_dataset_is_made_with_all_that_it_gathers(
    biases: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    pipeline = read(write(tmp_path))
    making, runs = make(owner, pipeline, TARGET, NOW, lambda run: do(owner, run))
    assert list(making.plan.counts()) == [("toy_bias_frame", 3, 0), ("toy_combine", 1, 0)]
    assert len(runs) == 1
    assert make(owner, pipeline, TARGET, NOW, None)[0].plan.to_run == []


def test_why_tells_whether_it_is_outdated_and_what_keeps_it(
    biases: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    path = write(tmp_path)
    submit(owner, plan_combined(owner, BiasFrame.name, Combine.name), "first")
    waiting = list(explain(owner, TARGET, pipeline=path))
    assert [said for said in waiting if said.endswith("of toy_combine in run first waits for other units")]
    do(owner, "first")
    assert "up to date: combine would give the same today" in list(explain(owner, TARGET, pipeline=path))
    add_raw(owner, biases, tmp_path, 9, 1, "8 1")
    assert list(explain(owner, TARGET, pipeline=path))[-1].startswith(
        "outdated: what it was made from has been replaced"
    )


def test_what_a_mark_concerns_is_combined_again(biases: Settings, owner: Connection[Any], tmp_path: Path) -> None:
    finish(owner, submit(owner, plan_combined(owner, BiasFrame.name, Combine.name), "first"))
    raw = raw_of(owner, 9, 1)
    mark(owner, Target(dataset_id=raw), "bad", "Light leaked.")
    (blocked,) = plan_again(owner, [raw], [write(tmp_path)])
    assert blocked.plan.to_run == []
    assert blocked.outside == 2
    add_raw(owner, biases, tmp_path, 9, 1, "8 1")
    (again,) = plan_again(owner, [raw], [write(tmp_path)])
    assert list(again.plan.counts()) == [("toy_bias_frame", 1, 5), ("toy_combine", 1, 1)]


def test_a_pipeline_that_only_gathers_is_planned_again_from_what_it_read(
    biases: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    finish(owner, submit(owner, plan_combined(owner, BiasFrame.name), "frames"))
    finish(owner, submit(owner, plan_combined(owner, Combine.name, inputs=["frames"]), "first"))
    (frame,) = owner.execute(
        "select dataset_id from dataset where dataset_type = 'toy_bias_frame' and exposure = 9 and detector = 1"
    ).fetchall()[0]
    pipeline = read(write(tmp_path, ALONE))
    assert pipeline.leading_type == "toy_bias_frame"
    mark(owner, Target(dataset_id=frame), "bad", "Light leaked.")
    (again,) = plan_again(owner, [frame], [str(tmp_path / "combine.yaml")])
    assert (again.plan.to_run, again.outside) == ([], 1)


def test_gathered_images_are_foreseen_and_a_pipeline_that_only_gathers_is_refused(
    biases: Settings, owner: Connection[Any]
) -> None:
    owner.execute(
        """insert into registry.visit_detector_region (instrument, visit, detector, ranges)
           select 'Toy', visit, detector, '{[0,9)}' from registry.visit, registry.detector where visit <> 10"""
    )
    both = Pipeline(name="combine", description="Toys.", tasks={"toy_bias_frame": {}, "toy_combine": {}})
    assert list(foresee(owner, both, "true").plan.counts()) == [("toy_bias_frame", 4, 0), ("toy_combine", 2, 0)]
    alone = Pipeline(name="combine", description="Toys.", tasks={"toy_combine": {}})
    with pytest.raises(BadPipeline, match="not from detector images"):
        foresee(owner, alone, "true")
