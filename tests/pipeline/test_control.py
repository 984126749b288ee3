"""Verbs that stop runs and let them go on, on the command line."""

import json
import math
from typing import Any

import pytest
from psycopg import Connection
from typer.testing import CliRunner

from pipeline import control, operate
from pipeline.errors import BadWeight, NothingToResume, RunHasEnded, UnknownRun
from pipeline.overview import LATEST
from tests.support.queue import add_units, claim, count, drain, enlist, fail, faults, settle
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
    assert call("status", "--output", "csv").stdout.splitlines()[1].endswith(",5,1,2,2,0,0,0,0,true,1.0,,,false")
    settle(owner, leases)
    assert drain(owner, worker) == []
    assert faults(owner) == []
    assert "resumed toys: 3 units go on, 0 of them had been cancelled" in call("resume", "toys").stdout
    assert sorted(drain(owner, worker)) == units[2:]


def test_the_table_fits_a_terminal_of_100_columns_and_programs_get_all(owner: Connection[Any]) -> None:
    run = "forced_photometry/20260101T000000Z"
    add_units(owner, 5, run=run)
    drain(owner, enlist(owner))
    add_units(owner, 3, run="other")
    claim(owner, enlist(owner), 1)
    (head, first, second) = call("status").stdout.splitlines()
    assert head.split() == ["run", "state", "done", "running", "dead", "left"]
    assert first.split()[:6] == ["other", "going", "on", "0/3", "1", "0"]
    assert second.split() == [run, "ended", "5/5", "0", "0"]
    assert max(map(len, (head, first, second))) < 90
    told = json.loads(call("status", "--output", "json").stdout)
    assert [(one["run"], one["n_units"], one["ended"]) for one in told] == [("other", 3, False), (run, 5, True)]


def test_what_goes_on_is_shown_however_many_runs_came_after_it(owner: Connection[Any]) -> None:
    worker = enlist(owner)
    add_units(owner, 2, run="first", hard=[(0, 1)])
    held = claim(owner, worker)
    add_units(owner, 1, run="old")
    drain(owner, worker)
    for number in range(LATEST):
        add_units(owner, 1, run=f"new{number}")
    drain(owner, worker)
    runs = [row["run"] for row in json.loads(call("status", "--output", "json").stdout)]
    assert runs == [*(f"new{number}" for number in reversed(range(LATEST))), "first"]
    settle(owner, held)  # now it waits for nobody but the resolver
    assert "first" in call("status").stdout
    drain(owner, worker)
    assert "first" not in call("status").stdout
    assert len(json.loads(call("status", "--all", "--output", "json").stdout)) == LATEST + 2


def test_a_unit_without_an_attempt_is_one_sentence(owner: Connection[Any]) -> None:
    (unit,) = add_units(owner, 1)
    assert str(call("logs", str(unit)).exception) == f"unit {unit} of toys has no attempt yet: it is ready"
    assert str(call("logs", "999999").exception).startswith("there is no unit 999999: ")


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
    for words, left in ((["pause"], "pause"), (["cancel"], "cancel"), (["cancel", "--dry-run"], "cancel")):
        error = call(words[0], "toys", *words[1:]).exception
        assert isinstance(error, RunHasEnded)
        assert str(error) == f"run toys has ended: there is nothing to {left}"
    assert str(call("weight", "toys", "2").exception) == "run toys has ended: there is nothing to share"
    for verb in (["pause", "nosuch"], ["resume", "nosuch"], ["weight", "nosuch", "2"], ["cancel", "nosuch"]):
        assert isinstance(call(*verb).exception, UnknownRun)


def test_a_sealed_run_is_not_worked_on(owner: Connection[Any]) -> None:
    (unit,) = add_units(owner, 1, max_attempts=1)
    ((_, token),) = claim(owner, enlist(owner)).items()
    fail(owner, unit, token)
    owner.execute("update registry.collection set sealed_at = now() where name = 'toys'")
    for words in (["retry", "--run", "toys"], ["retry", str(unit)], ["resume", "toys"]):
        assert "sealed" in str(call(*words).exception)
    assert owner.execute("select state from work_unit").fetchall() == [("dead",)]
