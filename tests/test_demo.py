"""The demo, twice, on an embedded server of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from schema import server

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
    assert first.count("$ skyledger ") == 9
    assert (
        skyledger(environment, "sql", "select count(distinct instrument) from visit", "--output", "csv") == "count\n2\n"
    )
    executions = skyledger(environment, "sql", "select count(*) from execution", "--output", "csv")
    second = skyledger(environment, "demo")
    assert "0 units to compute: all 20 results are there already" in second
    assert skyledger(environment, "sql", "select count(*) from execution", "--output", "csv") == executions
    # One star in nine epochs and three bands.
    curve = skyledger(environment, "query", "light_curve", "--ra", "186.73546", "--dec", "25.46478", "--output", "csv")
    bands = [line.split(",")[1] for line in curve.splitlines()[1:]]
    assert sorted(bands) == ["g", "g", "r", "r", "r", "z", "z", "z", "z"]
    orphans = "select count(*) from dataset where content_digest is null or (task is null and file_name is null)"
    assert skyledger(environment, "sql", orphans, "--output", "csv") == "count\n0\n"
