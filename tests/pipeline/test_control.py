"""Verbs that stop runs and let them go on, on the command line."""

import math
from typing import Any

import pytest
from psycopg import Connection
from typer.testing import CliRunner

from pipeline import control, operate
from pipeline.errors import BadWeight, NothingToResume, RunHasEnded, UnknownRun
from tests.support.queue import add_units, claim, count, drain, enlist, faults, settle
from tests.support.typer_app import app_of

pytestmark = pytest.mark.database


def call(*arguments: str) -> Any:
    """Call a verb; what the user can mend is raised, as the face catches it."""
    app = app_of(control.mount)
    operate.mount(app)
    return CliRunner().invoke(app, list(arguments))


def test_a_paused_run_is_shown_and_taken_up_again(owner: Connection[Any]) -> None:
    units = add_units(owner, 5, hard=[(0, 4)])
    worker = enlist(owner)
    leases = claim(owner, worker, 2)
    waiting = "toys: 3 units wait until `skyledger resume toys`, workers finish 2"
    assert f"would pause {waiting}" in call("pause", "toys", "--dry-run").stdout
    assert owner.execute("select paused from run").fetchone() == (False,)
    assert f"paused {waiting}" in call("pause", "toys").stdout
    assert call("status", "--output", "csv").stdout.splitlines()[1].endswith(",5,1,2,2,0,0,0,0,true,1.0,,")
    settle(owner, leases)
    assert drain(owner, worker) == []
    assert faults(owner) == []
    assert "resumed toys: 3 units go on, 0 of them had been cancelled" in call("resume", "toys").stdout
    assert sorted(drain(owner, worker)) == units[2:]


def test_what_was_cancelled_is_taken_up_by_the_same_verb_paused_or_not(owner: Connection[Any]) -> None:
    add_units(owner, 3)
    for before in (["cancel"], ["pause", "cancel"]):
        for verb in before:
            assert call(verb, "toys").exit_code == 0
        assert count(owner, "work.ready") == 0
        assert "resumed toys: 3 units go on, 3 of them had been cancelled" in call("resume", "toys").stdout
        assert owner.execute("select paused, n_ready from run").fetchone() == (False, 3)


def test_a_run_has_another_weight(owner: Connection[Any]) -> None:
    add_units(owner, 3)
    assert "toys has the weight 3; 3 units that are ready are in line anew" in call("weight", "toys", "3").stdout
    assert owner.execute("select weight from run").fetchone() == (3.0,)


@pytest.mark.parametrize("weight", ["0", "nan", "inf", "-2"])
def test_a_weight_that_shares_nothing_is_refused(owner: Connection[Any], weight: str) -> None:
    add_units(owner, 1)
    error = call("weight", "toys", "--", weight).exception
    assert isinstance(error, BadWeight)
    assert math.isnan(error.weight) or error.weight == float(weight)


def test_what_cannot_be_stopped_or_taken_up_is_said(owner: Connection[Any]) -> None:
    add_units(owner, 1)
    assert isinstance(call("resume", "toys").exception, NothingToResume)
    drain(owner, enlist(owner))
    assert isinstance(call("pause", "toys").exception, RunHasEnded)
    for verb in (["pause", "nosuch"], ["resume", "nosuch"], ["weight", "nosuch", "2"], ["cancel", "nosuch"]):
        assert isinstance(call(*verb).exception, UnknownRun)
