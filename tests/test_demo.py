"""The demo, twice, on an embedded server of its own."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from schema import server

README = Path(__file__).parents[1] / "README.md"
SKYLEDGER = Path(sys.executable).with_name("skyledger")


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Give an environment without any other ledger; the server that it starts is stopped."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SKYLEDGER_")}
    home = tmp_path / "home"
    yield {**kept, "SKYLEDGER_HOME": str(home), "SKYLEDGER_SERVER_FAST": "1"}
    server.stop(home)


def skyledger(environment: dict[str, str], *arguments: str) -> str:
    """Run a command; give what it prints."""
    done = subprocess.run([SKYLEDGER, *arguments], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_the_demo_does_the_whole_job_once(environment: dict[str, str]) -> None:
    first = skyledger(environment, "demo")
    assert first.count("$ skyledger ") == 10
    visits = "select instrument, count(*) as n, bool_or(headercorrected) as corrected from visit group by 1 order by 1"
    assert skyledger(environment, "sql", visits, "--output", "csv").split() == [
        "instrument,n,corrected",
        *("90Prime,12,false", "DECam,9,false", "HSC,1,true", "Mosaic3,3,false", "PANOPTES,2,false", "SDSS,2,false"),
    ]
    executions = skyledger(environment, "sql", "select count(*) from execution", "--output", "csv")
    second = skyledger(environment, "demo")
    assert "0 units to compute: all 58 results are there already" in second
    assert skyledger(environment, "sql", "select count(*) from execution", "--output", "csv") == executions
    # One star in nine epochs and three bands.
    curve = skyledger(environment, "query", "light_curve", "--ra", "186.73546", "--dec", "25.46478", "--output", "csv")
    bands = [line.split(",")[1] for line in curve.splitlines()[1:]]
    assert sorted(bands) == ["g", "g", "r", "r", "r", "z", "z", "z", "z"]
    check_readme(environment)
    check_reproduction(environment)
    orphans = "select count(*) from dataset where content_digest is null or (task is null and file_name is null)"
    assert skyledger(environment, "sql", orphans, "--output", "csv") == "count\n0\n"


def check_reproduction(environment: dict[str, str]) -> None:
    """Make 20 random datasets again from their records: this machine made them, so each comes out the same."""
    asked = "select run from run where pipeline = 'single_frame'"
    run = skyledger(environment, "sql", asked, "--output", "csv").split()[1]
    said = skyledger(environment, "reproduce", "--sample", "20", "--seed", "1", "--collection", run)
    assert "20 identical, 0 different, 0 not made again" in said


def check_readme(environment: dict[str, str]) -> None:
    """Ask the README's first question and compare what it shows, to the digits that any processor gives."""
    command, shown = re.findall(r"```(?:sh)?\n(.+?)```", README.read_text().split("## A first question")[1], re.S)[:2]
    arguments = shlex.split(command)[1:]
    given = [line.split() for line in skyledger(environment, *arguments).splitlines()]
    wanted = [line.split() for line in shown.splitlines()]
    assert given[0] == wanted[0]
    for row, expected in zip(given[1:], wanted[1:], strict=True):
        assert row[:3] == expected[:3]
        assert [float(x) for x in row[3:]] == pytest.approx([float(x) for x in expected[3:]], rel=1e-4)
