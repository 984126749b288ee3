"""Campaigns on the command line, and killed at every step."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection
from typer.testing import CliRunner

from pipeline.campaigns import cli
from pipeline.campaigns.alone import alone
from pipeline.campaigns.errors import NoTurn, UnknownCampaign
from schema.connect import connect
from schema.ledger.marks import Target, mark
from schema.settings import Settings
from tests.support.campaigns import CAMPAIGN, MONDAY, PIPELINE, WEEK, make, turn
from tests.support.lineage import key_of
from tests.support.processes import command, ended, killed_at, start
from tests.support.queue import claim, count, enlist, settle
from tests.support.typer_app import app_of

pytestmark = pytest.mark.database
AT, NEXT = "2026-01-05T12:00:00", "2026-01-12T12:00:00"


@pytest.fixture
def definition(toys: Settings, tmp_path: Path) -> Path:
    """Give the file of a campaign of toys."""
    (tmp_path / "toys.yaml").write_text(PIPELINE)
    (tmp_path / "weekly.yaml").write_text(CAMPAIGN)
    return tmp_path / "weekly.yaml"


def call(*words: str | Path) -> Any:
    """Call a verb; what the user can mend is raised, as the face catches it."""
    found = CliRunner().invoke(app_of(cli.mount), ["campaign", *map(str, words)])
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def only_as_reader(role: str) -> Connection[Any]:
    """Connect as somebody who has no other login."""
    assert role == "reader"
    return connect("reader")


def test_a_campaign_from_its_file_to_a_verdict(definition: Path) -> None:
    assert call("create", definition).stdout == "campaign weekly: version 1 is new\n"
    assert call("create", definition).stdout == "campaign weekly: version 1 is in force already\n"
    (listed,) = json.loads(call("list", "--output", "json").stdout)
    assert (listed["campaign"], listed["every"], listed["last_turn"]) == ("weekly", "7 days", None)
    plan = call("run", "weekly", "--dry-run").stdout.splitlines()
    assert plan[-1] == "8 to run / 0 reused / 0 excluded / estimated unknown, unknown size"
    with pytest.raises(NoTurn, match="campaign weekly has no turn yet"):
        call("report", "weekly")
    assert json.loads(call("schedule", "--dry-run", "--at", AT, "--output", "json").stdout) == [{"campaign": "weekly"}]
    done = call("schedule", "--at", AT, "--workers", "1", "--output", "json")
    assert json.loads(done.stdout) == [{"campaign": "weekly", "turn": 1, "state": "reported", "verdict": "same"}]
    assert json.loads(call("schedule", "--at", AT, "--output", "json").stdout) == []
    (turn,) = json.loads(call("report", "weekly", "--output", "json").stdout)
    assert (turn["run"], turn["verdict"], turn["by_rule"]) == ("campaign/weekly/0001", "same", True)
    assert turn["cpu_s"] > 0
    assert call("judge", "weekly", "better", "--reason", "It is new.").stdout == "campaign weekly, turn 1: better\n"
    told = {
        row["field"]: row["value"]
        for row in json.loads(call("report", "weekly", "--turn", "1", "--output", "json").stdout)
    }
    assert (told["verdict"], told["reason"], told["comparison"]) == ("better", "It is new.", None)
    assert "toys.yaml" in call("show", "weekly").stdout


def test_exit_codes_are_those_of_the_verdict_whichever_verb_asks(definition: Path) -> None:
    definition.write_text(CAMPAIGN + "overrides: {tasks: {toy_count: {bad: 0}}}\n")
    call("create", definition)
    assert call("run", "weekly", "--workers", "1", "--at", AT).exit_code == 1
    assert call("schedule", "--workers", "1", "--at", NEXT).exit_code == 1
    assert call("report", "weekly", "--turn", "2").exit_code == 0
    with pytest.raises(UnknownCampaign, match="there is no campaign 'daily': there are weekly"):
        call("run", "daily")
    with pytest.raises(NoTurn, match="has no turn 9"):
        call("judge", "weekly", "same", "--reason", "x", "--turn", "9")


def test_what_goes_on_is_paused_or_is_worked_on_elsewhere_is_no_failure(
    owner: Connection[Any], toys: Settings, definition: Path
) -> None:
    call("create", definition)
    verbs = ("run", "weekly"), ("schedule",)
    for verb in verbs:
        done = call(*verb, "--workers", "0", "--at", AT)
        assert (done.exit_code, done.stderr) == (0, "")
    with alone(toys, "weekly"):
        for verb in verbs:
            done = call(*verb, "--workers", "1", "--at", AT)
            said = "campaign weekly, turn 1: another process of this host is working on it: nothing to do here\n"
            assert (done.exit_code, done.stderr) == (0, said)
    owner.execute("select work.pause(run_id) from registry.campaign_run")
    for verb in verbs:
        done = call(*verb, "--workers", "1", "--at", AT)
        assert done.exit_code == 0
        assert "turn 1: its run is paused: `skyledger resume campaign/weekly/0001` lets it go on" in done.stderr


def test_a_dry_run_shows_what_is_left_of_a_turn_that_was_begun(owner: Connection[Any], definition: Path) -> None:
    call("create", definition)
    call("run", "weekly", "--workers", "0", "--at", AT)
    settle(owner, claim(owner, enlist(owner), 1))
    shown = call("run", "weekly", "--dry-run")
    assert shown.stderr == "campaign weekly: turn 1 was begun, and goes on before there is a next one\n"
    assert shown.stdout.splitlines()[-1] == "7 left / 1 ended of the run campaign/weekly/0001"
    rows = json.loads(call("run", "weekly", "--dry-run", "--output", "json").stdout)
    assert rows == [{"task": "toy_count", "left": 3, "ended": 1}, {"task": "toy_double", "left": 4, "ended": 0}]
    assert owner.execute("select count(*) from campaign_turn").fetchone() == (1,)


def test_a_reader_sees_definition_turns_and_comparison_as_tables(
    owner: Connection[Any], toys: Settings, definition: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(owner, definition.parent)
    turn(owner, MONDAY)
    mark(owner, Target(dataset_id=key_of(owner, "raw_image", 2)), "bad", "Light leak.")
    turn(owner, MONDAY + WEEK)
    monkeypatch.setattr(cli, "connect", only_as_reader)
    report = call("report", "weekly", "--turn", "2").stdout
    assert "campaign/weekly/0001 and campaign/weekly/0002: 6 datasets are shared" in report
    assert "\nDatasets by type\n" in report
    assert "is marked bad: what needs it waits" in report
    assert "{" not in report
    fields = {row["field"]: row["value"] for row in json.loads(
        call("report", "weekly", "--turn", "2", "--output", "json").stdout)}  # fmt: skip
    assert (fields["comparison"]["format"], fields["compared_with"], len(fields["refused"])) == (1, 1, 1)
    assert "toys.yaml" in call("show", "weekly").stdout
    assert call("report", "weekly").exit_code == 0
    for verb in ("show", "report"):
        with pytest.raises(UnknownCampaign, match="there is no campaign 'daily': there are weekly"):
            call(verb, "daily")
    with pytest.raises(NoTurn, match="campaign weekly has no turn 0"):
        call("report", "weekly", "--turn", "0")


def test_what_the_plan_leaves_out_is_told(owner: Connection[Any], definition: Path) -> None:
    call("create", definition)
    raw = key_of(owner, "raw_image", 2)
    mark(owner, Target(dataset_id=raw), "bad", "Light leak.")
    for verb in (("schedule",), ("run", "weekly")):
        done = call(*verb, "--workers", "0", "--at", AT)
        assert f"campaign weekly, turn 1: raw_image {raw} is marked bad: what needs it waits" in done.stderr


def test_a_turn_killed_at_every_step_and_repeated_is_one_turn(
    owner: Connection[Any], definition: Path, tmp_path: Path
) -> None:
    call("create", definition)
    words = ("campaign", "run", "weekly", "--workers", "1", "--at", AT)
    for point, turns in (("in_submit", 0), ("in_campaign_turn", 0), ("before_report", 1)):
        assert killed_at(point, tmp_path / "ticket", command, *words), point
        assert owner.execute("select count(*) from campaign_turn").fetchone() == (turns,), point
        assert owner.execute("select count(*) from run where pipeline = 'toys'").fetchone() == (turns,), point
    assert ended(start(command, *words)) == 0
    assert owner.execute("select turn, verdict from campaign_turn").fetchall() == [(1, "same")]
    assert owner.execute("select count(*) from campaign_verdict").fetchone() == (1,)
    assert owner.execute("select count(*) from execution where outcome = 'ok'").fetchone() == (8,)


def test_ticks_that_overlap_start_the_workers_of_one(owner: Connection[Any], definition: Path, tmp_path: Path) -> None:
    call("create", definition)
    hold, log = tmp_path / "hold", tmp_path / "log"
    hold.touch()
    words = ("campaign", "schedule", "--workers", "1", "--at", AT)
    first = start(command, *words, TOY_HOLD=str(hold))
    while first.exitcode is None and not count(owner, "work.lease"):
        time.sleep(0.05)
    assert ended(start(command, *words, log=log)) == 0
    assert "campaign weekly, turn 1: another process of this host is working on it" in log.read_text()
    hold.unlink()
    assert ended(first) == 0
    assert count(owner, "work.worker") == 1
    assert owner.execute("select turn, verdict from campaign_turn").fetchall() == [(1, "same")]
