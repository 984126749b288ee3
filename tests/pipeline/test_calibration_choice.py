"""Calibrations that the configuration switches, and those of tasks without a time of their own."""

from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from pipeline.planner.graph import Plan
from pipeline.planner.submit import submit
from pipeline.task import Calibration, Gather, Input, Output
from schema.ledger.certification import Validity
from schema.ledger.marks import Target, mark
from schema.ledger.times import mjd_ns
from schema.settings import Settings
from tests.support.combining import BiasFrame, CombineRaws, FlatFrame, FrameConfig, plan_combined
from tests.support.runs import finish, states
from tests.support.workshop import certify_biases

INPUTS = ("Toy/raw", "Toy/calib")
# Exposure 10 was taken in the first one, 9 and 2 in the second.
EARLY, LATE = Validity(None, mjd_ns(58850.5)), Validity(mjd_ns(58850.5), None)


def roles(plan: Plan) -> set[str]:
    return {role for quantum in plan.quanta for role, _, _ in quantum.inputs}


def taken(owner: Connection[Any], plan: Plan) -> set[int]:
    """Give the calibrations that a plan reads."""
    uids = [one.uid for quantum in plan.quanta for role, _, one in quantum.inputs if role == "bias"]
    rows = owner.execute("select dataset_id from registry.dataset where uid = any(%s)", [uids])
    return {key for (key,) in rows}


@pytest.mark.database
def test_a_calibration_that_is_switched_off_is_no_input(
    biases: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    off = plan_combined(owner, BiasFrame.name)
    assert roles(off) == {"raw"}
    lacking = plan_combined(owner, BiasFrame.name, do_bias=True)
    assert lacking.quanta == []
    (said,) = lacking.refused
    assert said.startswith("6 data IDs of toy_bias_frame are left out: no toy_bias is valid at their time")
    known = certify_biases(owner, tmp_path / "bias", {0: 1, 1: 1})
    on = plan_combined(owner, BiasFrame.name, inputs=INPUTS, do_bias=True)
    assert roles(on) == {"raw", "bias"}
    run = submit(owner, on, "on")
    finish(owner, run)
    assert states(owner, run) == {"done": 6}
    # Whatever becomes of the calibration, who does not take it does not care.
    mark(owner, Target(dataset_id=known[0]), "bad", "Light leaked.")
    again = plan_combined(owner, BiasFrame.name, inputs=INPUTS)
    assert {one.provenance for one in again.quanta} == {one.provenance for one in off.quanta}
    assert again.refused == []
    run = submit(owner, again, "off")
    finish(owner, run)
    assert states(owner, run) == {"done": 6}


@pytest.mark.database
def test_a_task_without_exposure_takes_what_was_valid_at_the_earliest_that_it_gathers(
    biases: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    early = certify_biases(owner, tmp_path / "bias", {0: 1, 1: 1}, EARLY)
    late = certify_biases(owner, tmp_path / "bias", {0: 2, 1: 2}, LATE)
    assert taken(owner, plan_combined(owner, CombineRaws.name, inputs=INPUTS)) == set(early.values())
    after = [row[0] for row in owner.execute("select dataset_id from dataset where exposure in (2, 9)")]
    assert taken(owner, plan_combined(owner, CombineRaws.name, inputs=INPUTS, chosen=after)) == set(late.values())
    # Exposures have their own.
    frames = plan_combined(owner, BiasFrame.name, inputs=INPUTS, do_bias=True)
    assert taken(owner, frames) == {*early.values(), *late.values()}


def test_a_switch_must_be_a_bool_of_the_configuration() -> None:
    with pytest.raises(TypeError, match=r"Odd.bias: 'do_bias' is no bool of TaskConfig"):

        class Odd(CombineRaws):
            bias = Calibration("toy_bias", "file", when="do_bias")

    with pytest.raises(TypeError, match="'offset' is no bool of FrameConfig"):

        class Number(BiasFrame):
            bias = Calibration("toy_bias", "file", when="offset")

    assert BiasFrame.bias.wanted(FrameConfig(do_bias=True))
    assert not BiasFrame.bias.wanted(FrameConfig())


def test_a_task_that_inherits_declares_anew_or_drops() -> None:
    assert FlatFrame.inputs() == {"raw": Input("raw_image", "file", observation_type="flat")}
    assert FlatFrame.calibrations() == {}
    assert FlatFrame.outputs() == {"frame": Output("toy_flat_frame", "table")}
    assert FlatFrame.leading() == FlatFrame.raw
    assert CombineRaws.leading() == Gather("raw_image", "file", observation_type="bias")
