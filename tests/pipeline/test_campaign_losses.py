"""Data IDs that a turn leaves out or loses: they are kept, told, and in the verdict."""

from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from schema.ledger.marks import Target, mark
from schema.settings import Settings
from tests.support.campaigns import MONDAY, PIPELINE, WEEK, make, seen, turn
from tests.support.combining import add_raw, raw_of
from tests.support.lineage import key_of
from tests.support.workshop import Workshop

pytestmark = pytest.mark.database
PAIR = '''
import pyarrow as pa
from pipeline.task import Input, Output, Result, Task


class Pair(Task):
    """Give the size of a file, twice."""

    name = "toy_pair"
    dimensions = ("instrument", "exposure", "detector")
    raw = Input("raw_image", "file")
    table = Output("toy_one", "table")
    other = Output("toy_other", "table")

    def run(self, raw):
        raw = pa.table({"n": [len(raw.path.read_text())]})
        return Result({"table": raw, "other": raw})
'''
EXCLUDED = "exclude: select uid from dataset where detector = 2\n"


def spoil(owner: Connection[Any], *detectors: int) -> list[str]:
    """Mark raw files bad; give what a plan says of them."""
    keys = [key_of(owner, "raw_image", detector) for detector in detectors]
    for key in keys:
        mark(owner, Target(dataset_id=key), "bad", "Light leak.")
    said = "is marked bad: what needs it waits until it is replaced or the mark revoked"
    return [f"raw_image {key} {said}" for key in keys]


def test_what_a_turn_lost_is_in_its_verdict_and_what_was_lost_before_is_not_lost_again(
    owner: Connection[Any], folder: Path
) -> None:
    make(owner, folder)
    turn(owner, MONDAY)
    sentences = spoil(owner, 2)
    turn(owner, MONDAY + WEEK)
    turn(owner, MONDAY + 2 * WEEK)
    left_out = f"; left out: {sentences[0]}"
    assert seen(owner, "refused") == [([],), (sentences,), (sentences,)]
    assert seen(owner, "verdict, n_reused")[1:] == [("worse", 6), ("same", 6)]
    second, third = (reason for (reason,) in seen(owner, "reason")[1:])
    assert second.startswith("lost: 1 of the data IDs that turn 1 has results on; of 0 values with a specification")
    assert second.endswith(left_out)
    assert third.startswith("of 0 values with a specification")
    assert third.endswith(left_out)


def test_what_the_first_turn_leaves_out_is_told(owner: Connection[Any], folder: Path) -> None:
    sentences = spoil(owner, 0)
    make(owner, folder)
    turn(owner, MONDAY)
    ((verdict, reason, refused),) = seen(owner, "verdict, reason, refused")
    assert (verdict, refused) == ("same", sentences)
    assert reason.endswith(f"there is nothing to compare with; left out: {sentences[0]}")


def test_a_turn_of_which_nothing_is_left_fails_and_quotes_some_of_its_reasons(
    owner: Connection[Any], folder: Path
) -> None:
    sentences = sorted(spoil(owner, 0, 1, 2, 3))
    make(owner, folder)
    turn(owner, MONDAY)
    ((verdict, reason, refused),) = seen(owner, "verdict, reason, refused")
    assert (verdict, refused) == ("failed", sentences)
    assert reason == f"the run holds nothing; left out: {'; '.join(sentences[:3])}; and 1 more"


def test_what_is_not_selected_any_more_is_lost_though_the_plan_refuses_nothing(
    owner: Connection[Any], folder: Path
) -> None:
    make(owner, folder)
    turn(owner, MONDAY)
    make(owner, folder, "where: detector < 2\n")
    turn(owner, MONDAY + WEEK)
    ((verdict, reason, refused),) = seen(owner, "verdict, reason, refused")[1:]
    assert (verdict, refused) == ("worse", [])
    said = "what they are made from is not there, or not selected, any more"
    assert reason.startswith(f"lost: 2 of the data IDs that turn 1 has results on: {said}; of 0 values")


def test_what_the_exclusion_leaves_out_is_not_lost(owner: Connection[Any], folder: Path) -> None:
    make(owner, folder)
    turn(owner, MONDAY)
    make(owner, folder, EXCLUDED)
    turn(owner, MONDAY + WEEK)
    assert seen(owner, "verdict, n_excluded")[1] == ("same", 1)


def test_results_of_a_task_that_left_the_pipeline_are_not_lost(owner: Connection[Any], folder: Path) -> None:
    make(owner, folder)
    turn(owner, MONDAY)
    (folder / "toys.yaml").write_text(PIPELINE.replace("  toy_double: {}\n", ""))
    turn(owner, MONDAY + WEEK)
    assert seen(owner, "verdict, n_reused")[1] == ("same", 4)


def test_a_result_that_a_task_does_not_declare_any_more_is_not_lost(
    owner: Connection[Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = Workshop(folder / "code", monkeypatch)
    workshop.write(PAIR)
    (folder / "toys.yaml").write_text("name: toys\ndescription: Toys.\ntasks: {toy_pair: {}}\n")
    make(owner, folder)
    turn(owner, MONDAY)
    for output in '    other = Output("toy_other", "table")\n', ', "other": raw':
        workshop.edit(output, "")
    turn(owner, MONDAY + WEEK)
    assert seen(owner, "verdict, n_to_run") == [("same", 4), ("same", 4)]


def combining(owner: Connection[Any], folder: Path) -> None:
    """Do a turn of a campaign that gathers."""
    (folder / "toys.yaml").write_text(PIPELINE.replace("toy_count: {sleep: 0.0}", "toy_bias_frame: {}").replace(
        "toy_double", "toy_combine"))  # fmt: skip
    make(owner, folder)
    turn(owner, MONDAY)


@pytest.mark.parametrize("renewed", [False, True])
def test_a_product_of_many_images_of_which_too_many_are_excluded_is_not_lost(
    owner: Connection[Any], biases: Settings, tmp_path: Path, renewed: bool
) -> None:
    """Also where what is excluded has come in since, in place of what the product was made from."""
    combining(owner, tmp_path)
    for exposure, detector in [(2, 0), (2, 1), (9, 0), (9, 1)] * renewed:
        add_raw(owner, biases, tmp_path, exposure, detector, f"again {exposure} {detector}")
    make(owner, tmp_path, "exclude: select uid from dataset where exposure in (2, 9)\n")
    turn(owner, MONDAY + WEEK)
    (before, now) = seen(owner, "verdict, n_to_run + n_reused, cardinality(refused)")
    assert before[0] == now[0] == "same"
    assert now[1] < before[1]
    assert now[2] > 0


def test_what_was_made_elsewhere_with_something_excluded_is_lost(
    owner: Connection[Any], biases: Settings, tmp_path: Path
) -> None:
    """The frame of exposure 2 was made with that of 9 beside it, as with a calibration; then its raw file is bad."""
    combining(owner, tmp_path)
    frame = "(select dataset_id from dataset where dataset_type = 'toy_bias_frame' and detector = 1 and exposure = {})"
    owner.execute(
        f"""insert into registry.quantum_input (quantum_id, role_id, ordinal, dataset_id)
            select quantum_id, (select max(role_id) from registry.role), 7, {frame.format(9)}
            from registry.dataset where dataset_id = {frame.format(2)}""".encode()  # noqa: S608
    )
    mark(owner, Target(dataset_id=raw_of(owner, 2, 1)), "bad", "Light leak.")
    make(owner, tmp_path, "exclude: select uid from dataset where exposure = 9\n")
    turn(owner, MONDAY + WEEK)
    ((verdict, reason),) = seen(owner, "verdict, reason")[1:]
    assert verdict == "worse"
    assert reason.startswith("lost: 1 of the data IDs that turn 1 has results on")
