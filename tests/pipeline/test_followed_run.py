"""A pipeline that follows another one goes on from its newest run."""

from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection
from typer.testing import CliRunner

from pipeline.cli import mount
from pipeline.definition import read
from pipeline.errors import NothingToStartFrom
from pipeline.planner.submit import submit
from pipeline.running import default_inputs, make_plan
from schema.settings import Settings
from tests.support.runs import plan_toys, run_toys
from tests.support.typer_app import app_of

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("toys")]
FOLLOWER = """
name: after
description: Doubles what the toys counted.
follows: toys
tasks:
  toy_double: {}
"""


@pytest.fixture
def after(toys: Settings) -> str:
    path = Path(toys.home) / "after.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(FOLLOWER)
    return str(path)


def test_the_newest_run_that_ended_comes_first_then_what_was_ingested(after: str, owner: Connection[Any]) -> None:
    run_toys(owner, "first")
    run_toys(owner, "second", idle=1)
    assert default_inputs(owner, read(after)) == ["second", "Toy/raw"]
    assert default_inputs(owner, read("single_frame")) == ["Toy/raw"]
    # Of four counts one had nothing in it, so there are three to double; the second run has doubled them.
    planned = make_plan(owner, read(after), [], None)
    assert len([quantum for quantum in planned.quanta if quantum.reused]) == 3
    named = make_plan(owner, read(after), ["first"], None)
    assert len([quantum for quantum in named.quanta if quantum.reused]) == 4


def test_runs_that_go_on_were_cancelled_or_hold_nothing_do_not_count(after: str, owner: Connection[Any]) -> None:
    run_toys(owner, "first")
    submit(owner, plan_toys(owner, sleep=0.01), "waiting")
    assert default_inputs(owner, read(after))[0] == "first"
    owner.execute("update work.unit set state = 'cancelled' where state in ('ready', 'waiting')")
    assert owner.execute("select ended from run where run = 'waiting'").fetchone() == (True,)
    assert default_inputs(owner, read(after))[0] == "first"
    run_toys(owner, "idle", idle=0)
    owner.execute(
        """update registry.member m set until = now() from registry.collection c
           where c.collection_id = m.collection_id and c.name = 'idle'"""
    )
    assert default_inputs(owner, read(after))[0] == "first"


def test_without_any_run_one_sentence_says_what_to_do(after: str, owner: Connection[Any]) -> None:
    with pytest.raises(NothingToStartFrom, match="pipeline after goes on from the newest run of toys") as refusal:
        make_plan(owner, read(after), [], None)
    assert (refusal.value.pipeline, refusal.value.needed) == ("after", "toys")
    assert make_plan(owner, read(after), ["Toy/raw"], None).quanta == []


def test_the_command_says_which_collections_it_took(after: str, owner: Connection[Any]) -> None:
    run_toys(owner, "first")
    app = app_of(mount)
    planned = CliRunner().invoke(app, ["plan", after])
    assert planned.stderr == "inputs are taken from first, Toy/raw\n"
    assert "0 to run / 4 reused" in planned.stdout
    assert CliRunner().invoke(app, ["plan", after, "--input", "first"]).stderr == ""
