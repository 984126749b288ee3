"""What was gathered can be made, explained, invalidated and foreseen like any other dataset."""

from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from pipeline.definition import Pipeline, read
from pipeline.errors import BadPipeline
from pipeline.lineage.invalidate import Again, plan_again
from pipeline.lineage.make import make
from pipeline.lineage.why import explain
from pipeline.planner.expected import foresee
from pipeline.planner.submit import submit
from pipeline.running import submit_or_find
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


def test_what_was_gathered_from_a_selection_is_outdated_by_what_it_read_and_by_nothing_else(
    biases: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    path = write(tmp_path)
    chosen = [raw_of(owner, exposure, 1) for exposure in (2, 9)]
    finish(owner, submit(owner, plan_combined(owner, BiasFrame.name, Combine.name, chosen=chosen), "some"))
    other = add_raw(owner, biases, tmp_path, 10, 1, "11 1")
    said = "up to date: combine would give the same today from the data IDs that it was made from; there are others"
    assert list(explain(owner, TARGET, pipeline=path))[-1].startswith(said)
    mark(owner, Target(dataset_id=other), "bad", "Light leaked.")
    assert list(explain(owner, TARGET, pipeline=path))[-1].startswith(said)
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
    frames, again = plan_again(owner, [frame], [str(tmp_path / "combine.yaml")])
    assert (frames.plan.to_run, frames.outside) == ([], 0)
    assert (again.plan.to_run, again.outside) == ([], 1)


def test_what_was_gathered_from_two_selections_is_gathered_again_from_each(
    biases: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    """Exposure 9 is in both, with other frames; the second run of the same selection asks for nothing more."""
    selections = {"evening": (2, 9), "morning": (9, 10), "once_more": (2, 9)}
    for name, exposures in selections.items():
        chosen = [raw_of(owner, exposure, 1) for exposure in exposures]
        finish(owner, submit(owner, plan_combined(owner, BiasFrame.name, Combine.name, chosen=chosen), name))
    raw = raw_of(owner, 9, 1)
    mark(owner, Target(dataset_id=raw), "bad", "Light leaked.")
    add_raw(owner, biases, tmp_path, 9, 1, "8 1")

    def work(again: Again) -> str:
        run = submit_or_find(owner, again.plan, None, NOW)
        do(owner, run)
        return run

    first, second, third = plan_again(owner, [raw], [write(tmp_path)], work)
    assert list(first.plan.counts()) == [("toy_bias_frame", 1, 1), ("toy_combine", 1, 0)]
    assert list(second.plan.counts()) == [("toy_bias_frame", 0, 2), ("toy_combine", 1, 0)]
    assert list(third.plan.counts()) == [("toy_bias_frame", 0, 2), ("toy_combine", 0, 1)]
    assert [again.outside for again in (first, second, third)] == [0, 0, 0]
    gathered = owner.execute(
        """select array_agg(c.exposure order by c.exposure) from registry.quantum_input i
           join registry.role r using (role_id) join registry.dataset d using (dataset_id)
           join registry.coordinate c using (coordinate_id) where r.name = 'frames' group by i.quantum_id order by 1"""
    ).fetchall()
    assert gathered == [([2, 9],), ([2, 9],), ([9, 10],), ([9, 10],)]


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
