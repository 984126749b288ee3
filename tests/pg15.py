"""The database tests on Debian's PostgreSQL 15, where it is installed."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BINARIES = Path("/usr/lib/postgresql/15/bin")


def main(arguments: list[str]) -> int:
    """Test with servers of that version in place of the embedded ones; give the exit status."""
    if not (BINARIES / "postgres").exists():
        print(f"{BINARIES} holds no PostgreSQL 15, so nothing was tested on it: apt-get install postgresql-15")
        return 0
    line = [sys.executable, "-m", "pytest", "-q", "-m", "database", *arguments]
    return subprocess.run(line, cwd=ROOT, env={**os.environ, "SKYLEDGER_PG_BIN": str(BINARIES)}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
