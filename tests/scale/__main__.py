"""A made-up ledger of any size: `python -m tests.scale [--quanta N] [--edges N] [--rows N] [--home FOLDER]`."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection

from schema import server
from schema.connect import DATABASE
from schema.migrate import initialise
from schema.settings import Settings
from tests.scale.fill import Step, fill
from tests.scale.scale import Scale

SIZES = """
select coalesce(sum(pg_relation_size(t.relid)), 0)::int8, coalesce(sum(pg_total_relation_size(t.relid)), 0)::int8
from (select relid from pg_partition_tree(%s) union select %s::regclass) t"""
HEAD = ("| table | rows | rows/s | bytes per row | with indexes |", "|---|---|---|---|---|")


def main() -> None:
    """Make a ledger, and print how long each table took and how much room it takes."""
    parser = argparse.ArgumentParser(prog="python -m tests.scale", description="Make up a ledger of any size.")
    for name in ("quanta", "edges", "rows", "measurements", "tasks", "loads"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Scale, name))
    parser.add_argument("--home", type=Path, help="keep the ledger there; without, it is only measured")
    chosen = vars(parser.parse_args())
    home = chosen.pop("home")
    os.environ["SKYLEDGER_SERVER_FAST"] = "1"  # whoever pulls the plug fills it again
    os.environ.setdefault("SKYLEDGER_IDLE_STOP", "300")  # should we be killed
    with tempfile.TemporaryDirectory(prefix="skyledger-scale-", ignore_cleanup_errors=True) as folder:
        begin = time.monotonic()
        print("\n".join(make(home or Path(folder) / "home", Scale(**chosen))))
        print(f"{time.monotonic() - begin:.0f} s", file=sys.stderr)


def make(home: Path, scale: Scale) -> list[str]:
    """Fill the ledger of a folder's server, stop it; give a table as lines of Markdown."""
    initialise(Settings(database_url=None, home=home, store=None, reader_url=None, worker_url=None))
    try:
        with psycopg.connect(server.dsn(home, DATABASE), autocommit=True) as connection:
            connection.execute("set session_replication_role = replica")
            connection.execute("set maintenance_work_mem = '512MB'")
            return [*HEAD, *_lines(connection, fill(connection, scale))]
    finally:
        server.stop(home)


def _lines(connection: Connection[Any], steps: Iterable[Step]) -> list[str]:
    """Give a line for every table that has grown large, with what was written in several steps together."""
    written: dict[str, Step] = {}
    for step in steps:
        print(f"{step.table}: {step.rows:,} in {step.seconds:.1f} s", file=sys.stderr)
        before = written.get(step.table, Step(step.table, 0, 0.0))
        written[step.table] = Step(step.table, before.rows + step.rows, before.seconds + step.seconds)
    indexes = written.pop("indexes").seconds
    lines = [_line(connection, step) for step in written.values() if step.rows >= 10_000]
    return [*lines, f"| {'their indexes'} | | {indexes:.0f} s | | |"]


def _line(connection: Connection[Any], step: Step) -> str:
    bare, whole = connection.execute(SIZES, [step.table, step.table]).fetchall()[0]
    rate = step.rows / step.seconds
    return f"| {step.table} | {step.rows:,} | {rate:,.0f} | {bare / step.rows:.0f} | {whole / step.rows:.0f} |"


if __name__ == "__main__":
    main()
