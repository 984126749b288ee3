"""The database tests on Debian's PostgreSQL 15, where it is installed."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from schema import server

ROOT = Path(__file__).parents[1]
BINARIES = Path("/usr/lib/postgresql/15/bin")


def main(arguments: list[str]) -> int:
    """Start a server of that version, test on it, stop it; give the exit status."""
    if not (BINARIES / "postgres").exists():
        print(f"{BINARIES} holds no PostgreSQL 15, so nothing was tested on it: apt-get install postgresql-15")
        return 0
    with tempfile.TemporaryDirectory(prefix="skyledger-15-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        os.environ |= {"SKYLEDGER_PG_BIN": str(BINARIES), "SKYLEDGER_SERVER_FAST": "1"}
        server.ensure(home)
        # The tests compare dumps by the pg_dump of the newest version, which reads older servers too.
        environment = {**os.environ, "SKYLEDGER_TEST_URL": server.dsn(home)}
        del environment["SKYLEDGER_PG_BIN"]
        try:
            line = [sys.executable, "-m", "pytest", "-q", "-m", "database", *arguments]
            return subprocess.run(line, cwd=ROOT, env=environment, check=False).returncode
        finally:
            server.stop(home)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
