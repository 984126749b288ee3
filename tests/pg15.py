"""The tests that speak SQL on Debian's PostgreSQL 15, where it is installed."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BINARIES = Path("/usr/lib/postgresql/15/bin")
# What speaks SQL of its own; what only lets it be spoken, or draws the answer, says nothing about a version.
CHOSEN = (
    *("tests/schema", "tests/work", "tests/ingest", "tests/queries", "tests/scale/test_fill.py"),
    *("tests/pipeline/test_run.py", "tests/pipeline/test_single_frame.py", "tests/pipeline/test_overlaps.py"),
    "--ignore=tests/queries/web",
)


def main(arguments: list[str]) -> int:
    """Test with servers of that version in place of the embedded ones; give the exit status."""
    if not (BINARIES / "postgres").exists():
        print(f"{BINARIES} holds no PostgreSQL 15, so nothing was tested on it: apt-get install postgresql-15")
        return 0
    line = [sys.executable, "-m", "pytest", "-q", "-m", "database", *CHOSEN, *arguments]
    return subprocess.run(line, cwd=ROOT, env={**os.environ, "SKYLEDGER_PG_BIN": str(BINARIES)}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
