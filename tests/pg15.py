"""The database tests on Debian's PostgreSQL 15, where it is installed."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BINARIES = Path("/usr/lib/postgresql/15/bin")
# What speaks SQL of its own; what only lets it be spoken, or draws the answer, says nothing about a version.
FOLDERS = ("tests/schema", "tests/work", "tests/ingest", "tests/queries", "tests/scale/test_fill.py")
FILES = ("test_run", "test_single_frame", "test_forced_photometry", "test_specification", "test_overlaps")
DRAWN = ("test_browser", "test_walk", "test_preview", "test_app")


def main(arguments: list[str]) -> int:
    """Test with servers of that version in place of the embedded ones; give the exit status."""
    if not (BINARIES / "postgres").exists():
        print(f"{BINARIES} holds no PostgreSQL 15, so nothing was tested on it: apt-get install postgresql-15")
        return 0
    chosen = [*FOLDERS, *(f"tests/pipeline/{name}.py" for name in FILES)]
    without = [f"--ignore=tests/queries/web/{name}.py" for name in DRAWN]
    line = [sys.executable, "-m", "pytest", "-q", "-m", "database", *chosen, *without, *arguments]
    return subprocess.run(line, cwd=ROOT, env={**os.environ, "SKYLEDGER_PG_BIN": str(BINARIES)}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
