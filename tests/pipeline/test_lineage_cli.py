"""The verbs of lineage that act, as users call them."""

import json
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection
from typer.testing import CliRunner, Result

from pipeline.definition import read
from pipeline.lineage.invalidate import UnknownPipeline
from pipeline.lineage.make import NothingMakes, pipeline_of
from schema.settings import Settings
from skyledger import app
from tests.support.lineage import key_of, make_all, read_toys, replace_raw, toy_pipeline

pytestmark = pytest.mark.database
PLACE = ("instrument=Toy", "exposure=1", "detector=2")


def call(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def test_make_computes_what_is_missing_and_then_nothing(toys: Settings, owner: Connection[Any], tmp_path: Path) -> None:
    toys_file = toy_pipeline(tmp_path)
    with pytest.raises(NothingMakes, match="toy_double: no shipped pipeline makes it"):
        pipeline_of("toy_double")
    would = call("make", "toy_double", *PLACE, "--pipeline", toys_file, "--dry-run")
    assert would.stdout.splitlines()[-1] == "would compute 2 units"
    assert owner.execute("select count(*) from run where pipeline <> 'ingest'").fetchone() == (0,)
    done = call("make", "toy_double", *PLACE, "--pipeline", toys_file, "--workers", 1)
    double = key_of(owner, "toy_double", 2)
    assert done.stdout.splitlines()[-1].startswith("made in make/toys/")
    assert done.stdout.splitlines()[-1].endswith(f": toy_double {double}")
    assert owner.execute("select dataset_type, detector from dataset where task is not null order by 1").fetchall() == [
        ("toy_count", 2), ("toy_double", 2),
    ]  # fmt: skip
    again = call("make", "toy_double", *PLACE, "--pipeline", toys_file)
    assert again.stdout.splitlines()[-1] == f"nothing to do: toy_double {double}"
    assert call("make", "toy_double", *PLACE, "toy_count", *PLACE, "--pipeline", toys_file).exit_code == 2


def test_why_says_what_is_there_and_what_keeps_the_rest(toys: Settings, owner: Connection[Any], tmp_path: Path) -> None:
    toys_file = toy_pipeline(tmp_path, "name: toys\ndescription: Toys.\ntasks: {toy_count: {bad: 1}, toy_double: {}}\n")
    make_all(owner, read(str(toys_file)))
    there = call("why", "toy_double", *PLACE, "--pipeline", toys_file).stdout
    for sentence in ("computed by toy_double in run make/toys/", "up to date: toys would give the same today",
                     f"made from count: toy_count {key_of(owner, 'toy_count', 2)}", "no mark holds"):  # fmt: skip
        assert sentence in there
    absent = call("why", "toy_double", "instrument=Toy", "detector=1", "--pipeline", toys_file).stdout
    assert "there is no toy_double instrument=Toy detector=1; toys makes toy_double" in absent
    assert "is blocked" in absent
    assert "it needs unit" in absent
    assert "is dead after 1 attempts: BadInput: detector 1 is bad" in absent
    # Another parameter: what is there is outdated, and the parameter is named.
    toy_pipeline(tmp_path, "name: toys\ndescription: Toys.\ntasks: {toy_count: {bad: 0}, toy_double: {}}\n")
    said = call("why", key_of(owner, "toy_double", 2), "--pipeline", toys_file).stdout
    assert "outdated: the configuration of toy_count differs in bad" in said
    never = call("why", "toy_double", "instrument=Toy", "detector=7", "--pipeline", toys_file).stdout
    assert "there is no raw_image of that data ID to make it from" in never


def test_marks_are_put_listed_and_taken_back(toys: Settings, owner: Connection[Any]) -> None:
    raw = key_of(owner, "raw_image", 2)
    assert "would mark 1 as bad" in call("mark", "bad", raw, "--reason", "Leak.", "--dry-run").stdout
    assert json.loads(call("marks", "--output", "json").stdout) == []
    said = call("mark", "bad", "raw_image", *PLACE, "--reason", "Leak.").stdout
    assert said == "marked as bad: mark 2; with what was made from it that concerns 1 datasets\n"
    (row,) = json.loads(call("marks", "--output", "json").stdout)
    assert (row["verdict"], row["what"], row["reason"]) == ("bad", f"dataset {raw}", "Leak.")
    assert "would take back mark 2" in call("unmark", 2, "--dry-run").stdout
    assert call("unmark", 2).stdout == "taken back: mark 2\n"
    assert json.loads(call("marks", "--output", "json").stdout) == []
    (row,) = json.loads(call("marks", "--all", "--output", "json").stdout)
    assert row["revoked_at"] is not None


def test_invalidate_says_marks_and_computes_exactly_what_is_affected(
    toys: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    make_all(owner, read_toys(tmp_path))
    raw = key_of(owner, "raw_image", 2)
    new = replace_raw(owner, toys, tmp_path, 2, "a better file of detector 2")
    words = ("invalidate", raw, "--reason", "Leak.", "--resubmit", "--pipeline", tmp_path / "toys.yaml", "--workers", 1)
    before = owner.execute("select count(*) from dataset").fetchone()
    assert call(*words, "--verdict", "suspect").exit_code == 2
    with pytest.raises(UnknownPipeline):
        call("invalidate", raw, "--reason", "Leak.", "--resubmit")
    said = call(*words, "--dry-run").stdout
    assert "2 quanta, 2 datasets" in said
    assert "toys: 2 to run / 6 reused" in said
    assert said.endswith("nothing was marked or submitted: --dry-run\n")
    assert owner.execute("select count(*) from dataset").fetchone() == before
    assert owner.execute("select count(*) from mark").fetchone() == (0,)
    said = call(*words).stdout
    assert "toys: 2 to run / 6 reused" in said
    assert "ended: toys/" in said
    made = "select input_dataset_id from lineage where dataset_id = %s"
    assert owner.execute(made, [key_of(owner, "toy_count", 2)]).fetchall() == [(new,)]
    assert owner.execute("select verdict, count(*) from taint group by 1").fetchall() == [("bad", 3)]


def test_invalidate_tells_of_runs_of_which_nobody_kept_what_they_read(
    toys: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    (run,) = make_all(owner, read_toys(tmp_path))
    words = ("invalidate", key_of(owner, "raw_image", 2), "--reason", "Leak.", "--resubmit", "--dry-run",
             "--pipeline", tmp_path / "toys.yaml")  # fmt: skip
    assert "nobody kept" not in call(*words).stderr
    for state in ("disable", "enable"):  # as an upgrade leaves a run of before
        owner.execute(f"alter table registry.run {state} trigger no_change".encode())
        if state == "disable":
            owner.execute("update registry.run set inputs = null where pipeline <> 'ingest'")
    said = call(*words)
    assert f"nobody kept which collections {run} read: those that the pipeline takes by default" in said.stderr
    assert "toys: " in said.stdout


def test_a_missing_file_is_said_and_the_rest_is_made_again(
    toys: Settings, owner: Connection[Any], tmp_path: Path
) -> None:
    make_all(owner, read_toys(tmp_path))
    (path,) = owner.execute(
        "select path from dataset where dataset_id = %s", [key_of(owner, "raw_image", 1)]
    ).fetchall()[0]
    (toys.store_root / path).unlink()
    lost, kept = key_of(owner, "toy_count", 1), key_of(owner, "toy_count", 2)
    done = call("reproduce", lost, kept, "--output", "json")
    assert [(row["dataset_id"], row["verdict"]) for row in json.loads(done.stdout)] == [(kept, "identical")]
    assert f"dataset {lost} cannot be made again: the stored file" in done.stderr
    assert "is missing" in done.stderr
    assert done.exit_code == 1


def test_make_says_how_many_are_missing(toys: Settings, owner: Connection[Any], tmp_path: Path) -> None:
    idle = "name: toys\ndescription: Toys.\ntasks: {toy_count: {idle: 1}, toy_double: {}}\n"
    toys_file = toy_pipeline(tmp_path, idle)
    done = call("make", "toy_double", "instrument=Toy", "--pipeline", toys_file, "--workers", 1)
    assert done.exit_code == 1
    assert "1 of 4 are missing: `skyledger why` says what keeps them" in done.stderr


def test_reproduce_answers_with_rows_and_an_exit_code(toys: Settings, owner: Connection[Any], tmp_path: Path) -> None:
    (run,) = make_all(owner, read_toys(tmp_path))
    done = call("reproduce", "--sample", 3, "--seed", 4, "--collection", run, "--output", "json")
    assert done.exit_code == 0
    assert [row["verdict"] for row in json.loads(done.stdout)] == ["identical"] * 3
    assert "3 identical, 0 different, 0 not made again" in done.stderr
    refused = call("reproduce", key_of(owner, "raw_image", 1))
    assert refused.exit_code == 1
    assert "it came from outside" in refused.stderr
    few = call("reproduce", "--sample", 1, "--collection", "Toy/raw")
    assert (few.exit_code, "only 0 of 1 can be drawn" in few.stderr) == (1, True)
    assert call("reproduce").exit_code == 2
    assert call("reproduce", "--sample", 3).exit_code == 2
