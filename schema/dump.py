"""The database as one file: PostgreSQL's own dump and restore."""

import os
import subprocess
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from schema import server
from schema.connect import dsn
from schema.errors import SkyledgerError
from schema.settings import Settings

# The rows of the catalogs are in Parquet files, which a backup holds anyway; `reload` brings them back.
PARTITIONS = "catalog_part.*"


class DumpFailed(SkyledgerError):
    """pg_dump or pg_restore gave up."""

    def __init__(self, program: str, reason: str) -> None:
        self.program, self.reason = program, reason
        super().__init__(f"{program} gave up: {reason}")


def dump(using: Settings, path: Path) -> None:
    """Write the database without the partitions of the catalogs, as one consistent state.

    Raises
    ------
    DumpFailed
        Raised if pg_dump fails, for example because it is older than the server.
    """
    _run("pg_dump", using, ["--format=custom", f"--exclude-table={PARTITIONS}", f"--file={path}"])


def undump(using: Settings, path: Path) -> None:
    """Fill an empty database from a dump: all of it, or nothing."""
    _run("pg_restore", using, ["--single-transaction", "--exit-on-error", str(path)])


def _run(program: str, using: Settings, arguments: list[str]) -> None:
    """Run one of PostgreSQL's programs as the owner; the password travels in the environment."""
    login: dict[str, Any] = conninfo_to_dict(dsn("owner", using))
    secret = {"PGPASSWORD": login.pop("password")} if "password" in login else {}
    line = [str(server.binaries() / program), "--no-owner", "--no-privileges", f"--dbname={make_conninfo(**login)}"]
    if using.database_url is not None:
        line.append(f"--role={using.role_prefix}_owner")
    done = subprocess.run(
        [*line, *arguments], env={**os.environ, **secret}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise DumpFailed(program, lines[0].removeprefix(f"{program}: ").removeprefix("error: "))
