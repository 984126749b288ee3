"""Gathered inputs: every dataset that agrees with the data ID, in one order, all or nothing."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from psycopg import Connection

from pipeline.planner.graph import Plan
from pipeline.planner.submit import submit
from schema.ledger.marks import Target, mark
from schema.settings import Settings, settings
from schema.store import Store
from tests.support.combining import (
    BiasFrame,
    Combine,
    CombineFlats,
    CombineMasked,
    CombineRaws,
    FlatFrame,
    MaskedFrame,
    Spread,
    add_raw,
    plan_combined,
    raw_of,
)
from tests.support.runs import finish, states

pytestmark = pytest.mark.database
BOTH = (BiasFrame.name, Combine.name)
HELD = "; toy_combine takes all or nothing: a selection without it can go on"


def do(owner: Connection[Any], plan: Plan, name: str) -> dict[str, int]:
    """Submit a plan and do it; give the number of units by state."""
    run = submit(owner, plan, name)
    finish(owner, run)
    return states(owner, run)


def columns(owner: Connection[Any], run: str, dataset_type: str) -> dict[int, list[Any]]:
    """Give the one column of the tables of a type in a run, by detector."""
    rows = owner.execute(
        """select d.detector, d.path from public.member m join public.dataset d using (dataset_id)
           where m.collection = %s and d.dataset_type = %s""",
        [run, dataset_type],
    )
    store = Store(settings().store_root)
    return {detector: pq.read_table(store.locate(path)).column(0).to_pylist() for detector, path in rows}


def counts(plan: Plan) -> list[tuple[str, int, int]]:
    return list(plan.counts())


def test_a_task_gathers_what_the_same_plan_makes_of_one_observation_type(
    biases: Settings, owner: Connection[Any]
) -> None:
    found = plan_combined(owner, *BOTH)
    assert counts(found) == [("toy_bias_frame", 6, 0), ("toy_combine", 2, 0)]
    assert {one.place.instrument for one in found.quanta} == {"Toy"}
    assert do(owner, found, "first") == {"done": 8}
    assert columns(owner, "first", "toy_combined") == {0: [2, 9, 10], 1: [2, 9, 10]}
    places = owner.execute(
        "select exposure, detector, physical_filter, task from dataset where dataset_type = 'toy_combined' order by 2"
    ).fetchall()
    assert places == [(None, 0, None, "toy_combine"), (None, 1, None, "toy_combine")]


def test_a_unit_waits_for_all_that_it_gathers(biases: Settings, owner: Connection[Any]) -> None:
    submit(owner, plan_combined(owner, *BOTH), "first")
    waiting = owner.execute(
        """select u.unmet, count(d.needs) from work.unit u join work.dependency d using (unit_id)
           where u.state = 'waiting' group by u.unit_id, u.unmet"""
    ).fetchall()
    assert waiting == [(3, 3), (3, 3)]


def test_what_collections_hold_is_gathered_in_the_order_of_the_data_ids(
    biases: Settings, owner: Connection[Any]
) -> None:
    do(owner, plan_combined(owner, *BOTH), "first")
    alone = plan_combined(owner, Combine.name, inputs=["first"])
    assert counts(alone) == [("toy_combine", 0, 2)]
    inputs = [[(role, ordinal) for role, ordinal, _ in quantum.inputs] for quantum in alone.quanta]
    assert inputs == [[("frames", 0), ("frames", 1), ("frames", 2)]] * 2
    read = owner.execute(
        """select c.exposure from registry.quantum_input i join registry.role r using (role_id)
           join registry.dataset d using (dataset_id) join registry.coordinate c using (coordinate_id)
           where r.name = 'frames' and c.detector = 0 order by i.ordinal"""
    ).fetchall()
    assert read == [(2,), (9,), (10,)]


def test_only_chosen_datasets_are_gathered(biases: Settings, owner: Connection[Any]) -> None:
    do(owner, plan_combined(owner, *BOTH), "first")
    chosen = [row[0] for row in owner.execute("select dataset_id from dataset where exposure in (2, 9)")]
    through = plan_combined(owner, *BOTH, chosen=chosen)
    assert counts(through) == [("toy_bias_frame", 0, 4), ("toy_combine", 2, 0)]
    alone = plan_combined(owner, Combine.name, inputs=["first"], chosen=chosen)
    assert {one.provenance for one in alone.quanta} == {one.provenance for one in through.to_run}


def test_a_replaced_input_costs_what_gathers_it_and_equal_content_ends_there(
    biases: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    do(owner, plan_combined(owner, *BOTH), "first")
    add_raw(owner, biases, tmp_path, 9, 1, "again 9 1")
    again = plan_combined(owner, *BOTH)
    assert counts(again) == [("toy_bias_frame", 1, 5), ("toy_combine", 1, 1)]
    assert do(owner, again, "second") == {"done": 1, "reused": 1}
    add_raw(owner, biases, tmp_path, 9, 1, "8 1")
    assert do(owner, plan_combined(owner, *BOTH), "third") == {"done": 2}
    assert columns(owner, "third", "toy_combined") == {0: [2, 9, 10], 1: [2, 8, 10]}


def test_something_bad_blocks_what_gathers_it_and_what_follows_until_it_is_selected_away(
    biases: Settings, owner: Connection[Any]
) -> None:
    raw = raw_of(owner, 9, 1)
    mark(owner, Target(dataset_id=raw), "bad", "Light leaked.")
    steps = (*BOTH, Spread.name)
    found = plan_combined(owner, *steps)
    assert counts(found) == [("toy_bias_frame", 5, 0), ("toy_combine", 1, 0), ("toy_spread", 1, 0)]
    waits = f"raw_image {raw} is marked bad: what needs it waits until it is replaced or the mark revoked"
    assert found.refused == [waits, waits + HELD]
    chosen = [row[0] for row in owner.execute("select dataset_id from dataset where dataset_id <> %s", [raw])]
    without = plan_combined(owner, *steps, chosen=chosen)
    assert counts(without) == [("toy_bias_frame", 5, 0), ("toy_combine", 2, 0), ("toy_spread", 2, 0)]
    assert without.refused == []


def test_something_bad_in_a_collection_blocks_what_gathers_it(biases: Settings, owner: Connection[Any]) -> None:
    do(owner, plan_combined(owner, *BOTH), "first")
    mark(owner, Target(dataset_id=raw_of(owner, 2, 0)), "bad", "Light leaked.")
    found = plan_combined(owner, Combine.name, inputs=["first"])
    assert len(found.quanta) == 1
    (said,) = found.refused
    assert said.startswith("toy_bias_frame was made from dataset ")
    assert said.endswith(HELD)


def test_what_is_bad_where_nothing_was_selected_blocks_nothing(biases: Settings, owner: Connection[Any]) -> None:
    """The mask is no leading input: it is looked for everywhere."""
    do(owner, plan_combined(owner, BiasFrame.name), "masks")
    mask = next(
        key
        for (key,) in owner.execute(
            "select dataset_id from dataset where dataset_type = 'toy_bias_frame' and exposure = 9 and detector = 1"
        )
    )
    mark(owner, Target(dataset_id=mask), "bad", "Light leaked.")
    steps, inputs = (MaskedFrame.name, CombineMasked.name), ("Toy/raw", "masks")
    whole = plan_combined(owner, *steps, inputs=inputs)
    assert counts(whole) == [("toy_masked_frame", 5, 0), ("toy_combine_masked", 1, 0)]
    chosen = [raw_of(owner, exposure, detector) for exposure in (2, 10) for detector in (0, 1)]
    without = plan_combined(owner, *steps, inputs=inputs, chosen=chosen)
    assert counts(without) == [("toy_masked_frame", 4, 0), ("toy_combine_masked", 2, 0)]
    assert without.refused == []


def test_what_a_plan_makes_is_gathered_without_what_earlier_runs_made(biases: Settings, owner: Connection[Any]) -> None:
    do(owner, plan_combined(owner, BiasFrame.name), "frames")
    chosen = [raw_of(owner, exposure, 1) for exposure in (2, 10)]
    some = plan_combined(owner, *BOTH, inputs=("Toy/raw", "frames"), chosen=chosen)
    assert [len(one.inputs) for one in some.quanta if one.task is Combine] == [2]


def test_with_fewer_than_it_takes_a_task_is_left_out_in_one_sentence(biases: Settings, owner: Connection[Any]) -> None:
    chosen = [raw_of(owner, 9, 0), raw_of(owner, 9, 1), raw_of(owner, 2, 1)]
    found = plan_combined(owner, *BOTH, chosen=chosen)
    assert counts(found) == [("toy_bias_frame", 3, 0), ("toy_combine", 1, 0)]
    said = "1 data IDs of toy_combine are left out: it gathers at least 2 toy_bias_frame, and there are fewer"
    assert found.refused == [said]


def test_makers_with_nothing_to_do_make_the_list_shorter(biases: Settings, owner: Connection[Any]) -> None:
    assert do(owner, plan_combined(owner, *BOTH, idle=9), "first") == {"done": 8}
    assert columns(owner, "first", "toy_combined") == {0: [2, 10], 1: [2, 10]}
    chosen = [raw_of(owner, exposure, detector) for exposure in (2, 9) for detector in (0, 1)]
    few = plan_combined(owner, *BOTH, Spread.name, chosen=chosen, idle=9)
    assert do(owner, few, "second") == {"done": 4}  # two found nothing to do earlier, and six follow from that
    assert columns(owner, "second", "toy_combined") == {}


def test_an_input_and_what_is_gathered_beside_it_agree(biases: Settings, owner: Connection[Any]) -> None:
    do(owner, plan_combined(owner, *BOTH), "first")
    some = [row[0] for row in owner.execute("select dataset_id from dataset where dataset_type = 'toy_combined'")]
    assert do(owner, plan_combined(owner, Spread.name, inputs=["first"], chosen=some), "second") == {"done": 2}
    assert columns(owner, "second", "toy_spread") == {0: [3, 3], 1: [3, 3]}


def test_filter_and_night_of_an_exposure_are_those_of_its_record(
    biases: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    found = plan_combined(owner, FlatFrame.name, CombineFlats.name)
    assert do(owner, found, "first") == {"done": 4}
    rows = owner.execute(
        "select detector, physical_filter from dataset where dataset_type = 'toy_combined_flats' order by 1"
    ).fetchall()
    assert rows == [(0, "r"), (1, "r")]
    owner.execute(
        """insert into registry.visit values ('Toy', 30);
           insert into registry.exposure values ('Toy', 30, 30, null, null, 58854.0, 0, 'bias')"""
    )
    add_raw(owner, biases, tmp_path, 30, 0, "30 0")
    night = plan_combined(owner, CombineRaws.name)
    assert [len(quantum.inputs) for quantum in night.quanta] == [3, 3]
    assert night.refused == ["1 raw_image are not gathered by toy_combine_raws: nobody knows their day_obs"]
    assert do(owner, night, "second") == {"done": 2}
    names = {detector: [f"{exposure}_{detector}.txt" for exposure in (2, 9, 10)] for detector in (0, 1)}
    assert columns(owner, "second", "toy_combined_raws") == names
