"""The command line as a user meets it: whatever is wrong is one line and exit code 1."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SKYLEDGER = Path(sys.executable).with_name("skyledger")
# No server is needed: each fails before it would be asked, or names a port where none listens.
WRONG = {
    "a variable": (
        {"SKYLEDGER_TASK_MODULES": "foo"},
        ["sql", "select 1"],
        "SKYLEDGER_TASK_MODULES cannot be used (give a JSON list",
    ),
    "a folder that cannot be made": (
        {"SKYLEDGER_HOME": "/proc/x"},
        ["server", "start"],
        "/proc/x cannot be used: No such file or directory",
    ),
    "a server that is not there": (
        {"SKYLEDGER_DATABASE_URL": "host=127.0.0.1 port=1"},
        ["migrate"],
        'the database does not answer (connection to server at "127.0.0.1", port 1 failed: Connection refused)',
    ),
    "a file that never ends": ({}, ["ingest", "exposures", "/dev/zero"], "/dev/zero is no regular file"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_one_line(tmp_path: Path, wrong: str) -> None:
    variables, arguments, sentence = WRONG[wrong]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SKYLEDGER_")}
    environment = {**kept, "SKYLEDGER_HOME": str(tmp_path / "home"), **variables}
    done = subprocess.run(
        [SKYLEDGER, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"skyledger: {sentence}")
    assert (done.stderr.count("\n"), done.stdout) == (1, "")
