"""Runs of a transfer: the one that comes, and those of the files from outside that it starts from."""

from pathlib import Path
from typing import Any

from psycopg import Connection

from ingest.transfer.errors import BadTransfer, TransferConflict
from ingest.transfer.folder import Manifest, Row, read_table
from schema.ledger.collections import NAME, find_of_kind, lock, make_run

COLLECTION = """
insert into registry.collection (name, kind, doc) values (%(name)s, 'run', %(doc)s) on conflict (name) do nothing"""
RUN = """
insert into registry.run (run_id, pipeline, plan_digest, submitted_by, created_at, inputs, compatibility_class,
                          lineage_classes)
values (%(run_id)s, %(pipeline)s, %(plan)s, %(submitted_by)s, %(created_at)s, %(inputs)s, %(compatibility_class)s,
        %(lineage_classes)s)
on conflict (run_id) do nothing"""


def make_runs(connection: Connection[Any], folder: Path, manifest: Manifest) -> int:
    """Make and lock the run, and the runs of files from outside that it starts from; give its key.

    Raises
    ------
    BadTransfer
        Raised if one cannot be a run.
    TransferConflict
        Raised if a run of that name has another plan here.
    """
    if not NAME.fullmatch(manifest.run):
        raise BadTransfer(folder, f"the name {manifest.run[:120]!r} cannot be that of a run")
    (said,) = read_table(folder, manifest, "run")
    plan = bytes.fromhex(said["plan_digest"].removeprefix("\\x"))
    connection.execute(COLLECTION, {"name": manifest.run, "doc": said["doc"]})
    run = find_of_kind(connection, manifest.run, ["run"])
    lock(connection, run)
    connection.execute(RUN, {**said, "run_id": run, "plan": plan})
    known = connection.execute("select pipeline, plan_digest from registry.run where run_id = %s", [run]).fetchone()
    if known != (said["pipeline"], plan):
        there = f"{known[0]} {known[1].hex()}" if known else "none"
        raise TransferConflict("run", manifest.run, "plan", there, f"{said['pipeline']} {plan.hex()}")
    connection.execute(
        "insert into work.share (run_id, weight) values (%s, %s) on conflict do nothing", [run, said["weight"] or 1.0]
    )
    outside = {
        row["collection"]: row for row in read_table(folder, manifest, "member") if row["collection"] != manifest.run
    }
    for name, row in sorted(outside.items()):
        _make_outside(connection, folder, name, row)
    return run


def _make_outside(connection: Connection[Any], folder: Path, name: str, row: Row) -> None:
    """Make and lock a run of files from outside; members come into no other kind of collection.

    Raises
    ------
    BadTransfer
        Raised if it is no such run, here or there.
    """
    if row["pipeline"] != "ingest" or not NAME.fullmatch(name):
        raise BadTransfer(folder, f"the collection {name[:120]!r} is no run of an ingest, and only those take members")
    run = make_run(connection, name, "ingest", bytes(32), row["doc"])
    known = connection.execute("select pipeline from registry.run where run_id = %s", [run]).fetchone()
    if known != ("ingest",):
        raise BadTransfer(folder, f"the collection {name} is no run of an ingest in this ledger")
    lock(connection, run)
