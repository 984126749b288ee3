"""A reprocessing costs only its difference: calibrations, code, marks, chains, and recomputation on purpose."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from psycopg import Connection
from typer.testing import CliRunner

from pipeline.cli import mount
from pipeline.definition import Pipeline
from pipeline.errors import UnknownStep
from pipeline.lineage.reproduce import draw
from pipeline.planner.graph import Plan
from pipeline.planner.submit import find_run, submit
from pipeline.running import default_inputs, make_plan, salts_of
from schema.ledger.certification import Validity
from schema.ledger.collections import add_members, make_run
from schema.ledger.curation import chain
from schema.ledger.external import ExternalFile, register_external
from schema.ledger.marks import Target, find_config, mark, unmark
from schema.ledger.times import bound, mjd_ns
from schema.settings import Settings, settings
from schema.store import Store
from tests.support.ledgers import register_toy_camera
from tests.support.runs import contents, finish, plan_toys, states, work_off
from tests.support.typer_app import app_of
from tests.support.workshop import Workshop, certify_biases, forget

pytestmark = pytest.mark.database

PIPELINE = Pipeline(name="debias", description="Toys.", tasks={"toy_debias": {}, "toy_double": {}})
INPUTS = ("Toy/calib", "Toy/raw")
Made = set[tuple[str, int]]  # task and detector


@pytest.fixture
def workshop(
    ledger: Settings, owner: Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workshop]:
    """Give a task to edit, on a toy exposure of four detectors with a bias each."""
    found = Workshop(tmp_path / "code", monkeypatch)
    register_toy_camera(owner, settings(), 4, tmp_path / "in")
    certify_biases(owner, tmp_path / "bias", dict.fromkeys(range(4), 7))
    yield found
    forget()


def planned(owner: Connection[Any], inputs: Sequence[str] = INPUTS, **salts: int) -> Plan:
    return make_plan(owner, PIPELINE, inputs, None, salts)


def run(owner: Connection[Any], name: str, what: Plan | None = None) -> dict[str, int]:
    """Submit a plan and do it; give the number of units by state."""
    run_id = submit(owner, what or planned(owner), name)
    finish(owner, run_id)
    return states(owner, run_id)


def work(owner: Connection[Any], what: Plan) -> Made:
    """Give what a plan would run."""
    rows = owner.execute("select coordinate_id, detector from registry.coordinate").fetchall()
    detectors = dict(rows)
    return {(one.task.name, detectors[one.place.coordinate_id]) for one in what.to_run}


def both(*detectors: int) -> Made:
    return {(task, detector) for task in PIPELINE.tasks for detector in detectors}


def numbers(owner: Connection[Any], name: str) -> dict[int, Any]:
    """Give the numbers that a run has doubled, by detector."""
    store = Store(settings().store_root)
    rows = owner.execute(
        """select c.detector, d.path from public.member m join public.dataset d using (dataset_id)
           join registry.coordinate c on c.detector = d.detector and c.exposure = d.exposure
           where m.collection = %s and d.dataset_type = 'toy_double'""",
        [name],
    )
    return {detector: pq.read_table(store.locate(path))["n"][0].as_py() for detector, path in rows}


def test_a_replaced_calibration_costs_exactly_its_descendants(
    workshop: Workshop, owner: Connection[Any], tmp_path: Path
) -> None:
    assert run(owner, "first") == {"done": 8}
    assert numbers(owner, "first") == {detector: 2 * (100 * detector - 7) for detector in range(4)}
    assert planned(owner).to_run == []
    certify_biases(owner, tmp_path / "bias", {2: 8}, replace=True)
    assert work(owner, planned(owner)) == both(2)
    assert run(owner, "second") == {"done": 2}
    assert numbers(owner, "second") == numbers(owner, "first") | {2: 2 * (200 - 8)}
    # Certified again as it was, nothing is new.
    certify_biases(owner, tmp_path / "bias", {2: 7}, replace=True)
    assert planned(owner).to_run == []


def test_the_exposure_that_a_bound_names_takes_what_begins_there(
    workshop: Workshop, owner: Connection[Any], tmp_path: Path
) -> None:
    """A beginning counts and an end does not, down to the nanosecond of the shutter."""
    run(owner, "first")
    shutter = bound(owner, "Toy/1", end=False)
    fresh = certify_biases(owner, tmp_path / "bias", {0: 8}, Validity(shutter, None), replace=True)
    certify_biases(owner, tmp_path / "bias", {1: 9}, Validity(None, shutter), replace=True)
    what = planned(owner)
    assert work(owner, what) == both(0)
    uids = [one.uid for quantum in what.to_run for role, _, one in quantum.inputs if role == "bias"]
    assert owner.execute("select dataset_id from dataset where uid = any(%s)", [uids]).fetchall() == [(fresh[0],)]


def test_a_calibration_holds_for_exposures_of_its_time(
    workshop: Workshop, owner: Connection[Any], tmp_path: Path
) -> None:
    owner.execute(
        """insert into registry.exposure
           values ('Toy', 2, 1, 'g', 20250101, 59000.0, 30.0), ('Toy', 3, 1, 'g', null, null, 30.0)"""
    )
    store = Store(settings().store_root)
    stored = store.take_in(tmp_path / "in" / "toy1.txt")
    files = [
        ExternalFile("raw_image", {"instrument": "Toy", "exposure": n, "detector": 1}, stored.file_digest, stored, "x")
        for n in (2, 3)
    ]
    raws = [one.dataset_id for one in register_external(owner, files, "file")]
    add_members(owner, make_run(owner, "Toy/raw", "ingest", bytes(32), ""), raws, "ingested")
    found = planned(owner)
    assert len(found.quanta) == 8
    sentence = (
        "2 data IDs of toy_debias are left out: no toy_bias is valid at their time in the calibration collections"
    )
    assert [said for said in found.refused if said.startswith(sentence)] == found.refused
    # From the very moment on at which the first one ends; the exposure of unknown time has none whatever holds.
    certify_biases(owner, tmp_path / "bias", {1: 9}, Validity(mjd_ns(59000), None))
    assert run(owner, "first") == {"done": 10}
    inputs = owner.execute(
        """select c.exposure, c.detector, o.file_name from registry.quantum_input i join registry.role r using (role_id)
           join registry.quantum q using (quantum_id) join registry.coordinate c using (coordinate_id)
           join registry.origin o on o.dataset_id = i.dataset_id where r.name = 'bias' order by 1, 2"""
    ).fetchall()
    assert inputs == [*((1, detector, f"bias{detector}_7.txt") for detector in range(4)), (2, 1, "bias1_9.txt")]


def test_calibrations_are_found_in_what_is_taken_by_default(workshop: Workshop, owner: Connection[Any]) -> None:
    assert default_inputs(owner, PIPELINE) == ["Toy/raw", "Toy/calib"]
    assert len(planned(owner, ()).quanta) == 8
    assert planned(owner, ["Toy/raw"]).quanta == []


def test_a_bad_calibration_blocks_what_needs_it(workshop: Workshop, owner: Connection[Any], tmp_path: Path) -> None:
    found = certify_biases(owner, tmp_path / "bias", {3: 7})
    mark(owner, Target(dataset_id=found[3]), "bad", "Light leaked.")
    blocked = planned(owner)
    assert work(owner, blocked) == both(0, 1, 2)
    assert len(blocked.refused) == 1
    assert blocked.refused[0].startswith(f"toy_bias {found[3]} is marked bad: what needs it waits")


def test_an_edited_comment_costs_nothing(workshop: Workshop, owner: Connection[Any]) -> None:
    run(owner, "first")
    workshop.edit("        return Result", "        # What is left is light.\n        return Result")
    workshop.edit('"""Take the bias off."""', '"""Subtract the electronic offset of the read-out."""')
    assert planned(owner).to_run == []
    assert find_run(owner, planned(owner)) == "first"


def test_other_code_with_equal_output_stops_at_the_cut_off(workshop: Workshop, owner: Connection[Any]) -> None:
    run(owner, "first")
    workshop.edit("100 *", "10 * 10 *")
    assert len(planned(owner).to_run) == 8  # nobody knows before
    assert run(owner, "second") == {"done": 4, "reused": 4}
    assert numbers(owner, "second") == numbers(owner, "first")
    workshop.edit("10 * 10 *", "101 *")
    # Of detector 0 the number is the same.
    assert run(owner, "third") == {"done": 7, "reused": 1}


def test_a_bad_dataset_is_replaced_and_nothing_else_is_computed(
    workshop: Workshop, owner: Connection[Any], tmp_path: Path
) -> None:
    run(owner, "first")
    raw = owner.execute(
        "select dataset_id from public.dataset where dataset_type = 'raw_image' and detector = 1"
    ).fetchall()[0][0]
    key = mark(owner, Target(dataset_id=raw), "bad", "The shutter stuck.")
    blocked = planned(owner)
    assert blocked.refused == [
        f"raw_image {raw} is marked bad: what needs it waits until it is replaced or the mark revoked"
    ]
    assert {quantum.place.coordinate_id for quantum in blocked.quanta} == {
        row[0]
        for row in owner.execute("select coordinate_id from registry.coordinate where detector <> 1 and exposure = 1")
    }
    (tmp_path / "in" / "toy1.txt").write_text("better file of detector 11")
    stored = Store(settings().store_root).take_in(tmp_path / "in" / "toy1.txt")
    data_id = {"instrument": "Toy", "exposure": 1, "detector": 1}
    (new,) = register_external(owner, [ExternalFile("raw_image", data_id, stored.file_digest, stored, "x")], "file")
    add_members(owner, make_run(owner, "Toy/raw", "ingest", bytes(32), ""), [new.dataset_id], "ingested")
    assert work(owner, planned(owner)) == both(1)
    assert run(owner, "second") == {"done": 2}
    assert numbers(owner, "second") == numbers(owner, "first") | {1: 2 * (1100 - 7)}
    # The mark is taken back, what it tainted is clean, and that it was there stays known.
    tainted = "select count(*) from public.taint"
    assert owner.execute(tainted).fetchone() != (0,)
    unmark(owner, key)
    assert owner.execute(tainted).fetchone() == (0,)
    kept = owner.execute("select verdict, reason, revoked_at is not null from registry.mark").fetchall()
    assert kept == [("bad", "The shutter stuck.", True)]


def test_a_bad_result_is_not_found_again_and_no_cut_off_crosses_it(toys: Settings, owner: Connection[Any]) -> None:
    run_id = submit(owner, plan_toys(owner), "first")
    finish(owner, run_id)
    doubled = owner.execute(
        "select dataset_id from public.dataset where dataset_type = 'toy_double' and detector = 1"
    ).fetchall()[0][0]
    key = mark(owner, Target(dataset_id=doubled), "bad", "Too large.")
    same = plan_toys(owner)
    assert same.refused == ["1 results of toy_double are marked bad: change code, config or inputs, or revoke the mark"]
    assert (len(same.quanta), same.to_run) == (7, [])
    # Another recipe may try again: its input is equal, but the bad result is not taken over.
    second = submit(owner, plan_toys(owner, sleep=1e-6), "second")
    finish(owner, second)
    assert states(owner, second) == {"done": 5, "reused": 3}
    unmark(owner, key)
    assert plan_toys(owner).refused == []


def test_a_bad_config_blocks_until_it_differs(toys: Settings, owner: Connection[Any]) -> None:
    first = plan_toys(owner, tasks=["toy_count"], sleep=1e-6)
    submit(owner, first, "first")
    mark(owner, find_config(owner, first.quanta[0].step.config_digest.hex()), "bad", "Slow.")
    assert plan_toys(owner, tasks=["toy_count"], sleep=1e-6).quanta == []
    assert len(plan_toys(owner, tasks=["toy_count"], sleep=2e-6).to_run) == 4


def test_inputs_are_searched_through_chains(workshop: Workshop, owner: Connection[Any], tmp_path: Path) -> None:
    """The first collection of the chain that has one counts; a chain may hold another, and calibrations."""
    path = tmp_path / "in" / "new.txt"
    path.write_text("file of detector 22")
    stored = Store(settings().store_root).take_in(path)
    data_id = {"instrument": "Toy", "exposure": 1, "detector": 2}
    (new,) = register_external(owner, [ExternalFile("raw_image", data_id, stored.file_digest, stored, "x")], "file")
    add_members(owner, make_run(owner, "Toy/new", "ingest", bytes(32), "Better."), [new.dataset_id], "ingested")
    run(owner, "first")
    chain(owner, "Toy/inner", ["Toy/new", "Toy/raw"])
    chain(owner, "Toy/all", ["Toy/inner", "Toy/calib"])
    assert work(owner, planned(owner, ["Toy/all"])) == both(2)
    chain(owner, "Toy/inner", ["Toy/raw", "Toy/new"])
    assert planned(owner, ["Toy/all"]).to_run == []


def test_a_task_is_computed_again_on_purpose_and_what_follows_finds_equal_content(
    workshop: Workshop, owner: Connection[Any]
) -> None:
    run(owner, "first")
    assert salts_of(owner, PIPELINE, [], None) == {}
    salts = salts_of(owner, PIPELINE, ["toy_debias"], None)
    assert salts == {"toy_debias": 1}
    forced = planned(owner, toy_debias=salts["toy_debias"])
    assert run(owner, "second", forced) == {"done": 4, "reused": 4}
    assert owner.execute("select count(*) from public.nondeterminism").fetchone() == (0,)
    # The same number is the same recomputation; the next one is another.
    assert planned(owner, toy_debias=1).to_run == []
    assert find_run(owner, planned(owner, toy_debias=1)) == "second"
    assert salts_of(owner, PIPELINE, ["all"], None) == {"toy_debias": 2, "toy_double": 2}
    assert salts_of(owner, PIPELINE, [], 1) == {"toy_debias": 1, "toy_double": 1}
    with pytest.raises(UnknownStep, match="pipeline debias has no task 'bias' to recompute: name one of toy_d"):
        salts_of(owner, PIPELINE, ["bias"], None)


def test_what_comes_out_differently_is_recorded(toys: Settings, owner: Connection[Any]) -> None:
    """The task writes the number of its process; another process computes it again on purpose."""
    first = submit(owner, plan_toys(owner, tasks=["toy_count"], unlike=True), "first")
    finish(owner, first)
    pipeline = Pipeline(name="toys", description="Toys.", tasks={"toy_count": {"unlike": True}})
    second = submit(owner, make_plan(owner, pipeline, ["Toy/raw"], None, {"toy_count": 1}), "second")
    work_off(second, workers=1)
    rows = owner.execute(
        """select task, detector, output_name, salt, expected <> got, host is not null
           from public.nondeterminism order by 2"""
    ).fetchall()
    assert rows == [("toy_count", detector, "table", 1, True, True) for detector in range(4)]
    # What was there before is as unstable: it is named, and nobody draws it to be made again.
    named = owner.execute("select original_ids from public.nondeterminism order by detector").fetchall()
    before = owner.execute(
        """select array[dataset_id] from member join dataset using (dataset_id)
           where collection = 'first' order by detector"""
    )
    assert named == before.fetchall()
    assert draw(owner, 4, 0, "first") == []
    # Both are kept, each as the content of its own quantum.
    known = owner.execute("select expected, got from public.nondeterminism").fetchall()
    digests = [{row[1].hex() for row in contents(owner, name)} for name in ("first", "second")]
    assert [{expected for expected, _ in known}, {got for _, got in known}] == digests


def test_a_plan_says_what_it_will_cost(toys: Settings, owner: Connection[Any]) -> None:
    assert plan_toys(owner).cpu_s is None
    finish(owner, submit(owner, plan_toys(owner), "first"))
    again = plan_toys(owner)
    assert (again.cpu_s, list(again.counts())) == (0.0, [("toy_count", 0, 4), ("toy_double", 0, 4)])
    other = plan_toys(owner, sleep=1e-6)
    spent = dict(
        owner.execute(
            "select metric, avg(value) from public.measurement where metric like 'toy%.cpu' group by 1"
        ).fetchall()
    )
    assert other.estimate("toy_count", 4) == pytest.approx(4 * spent["toy_count.cpu"])
    assert other.cpu_s == pytest.approx(4 * sum(spent.values()))


def test_the_command_line_plans_what_is_forced_and_says_what_goes_on_with_it(
    toys: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    finish(owner, submit(owner, plan_toys(owner), "first"))
    path = tmp_path / "toys.yaml"
    path.write_text("{name: toys, description: Toys., tasks: {toy_count: {}, toy_double: {}}}")
    planned = CliRunner().invoke(app_of(mount), ["plan", str(path), "--force", "toy_double"])
    head, *rows, total = planned.stdout.splitlines()
    assert head.split() == ["task", "to_run", "reused", "cpu_h"]
    assert [row.split()[:3] for row in rows] == [["toy_count", "0", "4"], ["toy_double", "4", "0"]]
    assert re.fullmatch(r"4 to run / 4 reused / estimated 0(\.\d+)? CPU h", total)
    assert "computed again on purpose: the same command with --salt 1 goes on with it" in planned.stderr
