"""Campaigns on the command line, and killed at every step."""

import json
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection
from typer.testing import CliRunner

from pipeline.campaigns import cli
from pipeline.campaigns.errors import NoTurn, UnknownCampaign
from schema.settings import Settings
from tests.support.campaigns import CAMPAIGN, PIPELINE
from tests.support.processes import command, ended, killed_at, start
from tests.support.typer_app import app_of

pytestmark = pytest.mark.database
AT = "2026-01-05T12:00:00"


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
    assert json.loads(done.stdout) == [{"campaign": "weekly", "turn": 1, "state": "reported"}]
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


def test_a_failed_turn_is_an_exit_code(definition: Path) -> None:
    definition.write_text(CAMPAIGN + "overrides: {tasks: {toy_count: {bad: 0}}}\n")
    call("create", definition)
    assert call("run", "weekly", "--workers", "1").exit_code == 1
    with pytest.raises(UnknownCampaign, match="there is no campaign 'daily': there are weekly"):
        call("run", "daily")
    with pytest.raises(NoTurn, match="has no turn 9"):
        call("judge", "weekly", "same", "--reason", "x", "--turn", "9")


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
