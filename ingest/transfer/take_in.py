"""A run into a ledger, from the folder of an export: all of it, or nothing."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from psycopg import Connection

from ingest.merging import merge
from ingest.transfer.described import DESCRIBED
from ingest.transfer.errors import BadTransfer, TransferConflict
from ingest.transfer.export import TABLES, files_of
from ingest.transfer.folder import Manifest, Row, place, read_manifest, read_table
from ingest.transfer.linked import LINKED, linked
from ingest.transfer.proof import prove
from schema.faults import die_at
from schema.ledger.collections import find, lock, make_run
from schema.ledger.rows import CHUNK
from schema.store import Store

Progress = Callable[[], object]
COLLECTION = """
insert into registry.collection (name, kind, doc) values (%(name)s, 'run', %(doc)s) on conflict (name) do nothing"""
RUN = """
insert into registry.run (run_id, pipeline, plan_digest, submitted_by, created_at)
values (%(run_id)s, %(pipeline)s, %(plan)s, %(submitted_by)s, %(created_at)s) on conflict (run_id) do nothing"""
HELD = """
select count(*) from json_to_recordset(%s) as x (collection text, uid uuid)
join registry.collection c on c.name = x.collection join registry.dataset d using (uid)
join registry.member m on m.collection_id = c.collection_id and m.dataset_id = d.dataset_id and m.until = 'infinity'"""


@dataclass
class Taken:
    """What became of an export."""

    run: str
    new: dict[str, int] = field(default_factory=dict)  # rows by table
    files: int = 0
    kept: int = 0  # members whose place another dataset has here


def import_run(connection: Connection[Any], store: Store, folder: Path, progress: Progress = lambda: None) -> Taken:
    """Take a run in: first every digest is proved, then the files come, then all rows in one transaction.

    What is there already is kept, so that a repeat changes nothing, and whoever was interrupted repeats.

    Raises
    ------
    BadTransfer
        Raised if the folder is no export, or not what was written.
    TransferConflict
        Raised if the ledger has something of the same identity that is not the same.
    """
    manifest = read_manifest(folder, TABLES)
    files = files_of(folder)
    for path, digest in files:
        _take_file(store, folder, path, digest)
        progress()
    die_at("before_import")
    taken = Taken(manifest.run, files=len(files))
    with connection.transaction():
        connection.execute("set local time zone 'UTC'")
        for one in DESCRIBED:
            taken.new[one.name] = 0
            for rows in _chunks(folder, one.name):
                n, wrong = merge(connection, one.table, one.keys, rows, loose=one.loose)
                if wrong is not None:
                    raise TransferConflict(one.name, wrong.key, wrong.column, wrong.known, wrong.given)
                taken.new[one.name] += n
        run = _make_runs(connection, folder, manifest)
        for name in LINKED:
            taken.new[name] = sum(_take(connection, name, rows, run) for rows in _chunks(folder, name))
        taken.kept = manifest.tables["member"]["rows"] - _held(connection, folder)
        die_at("in_import")
    return taken


def _take_file(store: Store, folder: Path, path: str, digest: str) -> None:
    """Put a file into the store; the place follows from its bytes, so what is no such file is found out."""
    source = place(folder, path, digest)
    if (
        (store.root / path).is_file()
        and source.is_file()
        and source.stat().st_size == (store.root / path).stat().st_size
    ):
        return
    if not source.is_file():
        raise BadTransfer(folder, f"the file {path} is missing")
    if store.take_in(source).path != path:
        raise BadTransfer(folder, f"the file {path} has other bytes than its name says")


def _chunks(folder: Path, table: str) -> Iterator[list[Row]]:
    """Read a table in sets that one statement takes, each proved."""
    rows = read_table(folder, table)
    while chunk := list(islice(rows, CHUNK)):
        prove(folder, table, chunk)
        yield chunk


def _make_runs(connection: Connection[Any], folder: Path, manifest: Manifest) -> int:
    """Make the run, and the runs of files from outside that it starts from; give its key.

    Raises
    ------
    TransferConflict
        Raised if a run of that name has another plan here.
    """
    (said,) = read_table(folder, "run")
    plan = bytes.fromhex(said["plan_digest"].removeprefix("\\x"))
    connection.execute(COLLECTION, {"name": manifest.run, "doc": said["doc"]})
    (run,) = find(connection, [manifest.run])
    lock(connection, run)
    connection.execute(RUN, {**said, "run_id": run, "plan": plan})
    known = connection.execute("select pipeline, plan_digest from registry.run where run_id = %s", [run]).fetchone()
    if known != (said["pipeline"], plan):
        there = f"{known[0]} {known[1].hex()}" if known else "none"
        raise TransferConflict("run", manifest.run, "plan", there, f"{said['pipeline']} {plan.hex()}")
    connection.execute(
        "insert into work.share (run_id, weight) values (%s, %s) on conflict do nothing", [run, said["weight"] or 1.0]
    )
    outside = {row["collection"]: row for row in read_table(folder, "member") if row["collection"] != manifest.run}
    for name, row in sorted(outside.items()):
        lock(connection, make_run(connection, name, row["pipeline"], bytes(32), row["doc"]))
    return run


def _take(connection: Connection[Any], name: str, rows: list[Row], run: int) -> int:
    """Take rows of a table in; give how many are new.

    Raises
    ------
    TransferConflict
        Raised if a row is there and says something else.
    """
    given = {"rows": json.dumps(rows), "run": run}
    table = linked(name)
    source = f"with x as materialized (select * from json_to_recordset(%(rows)s) as x ({table.columns}))\n"  # noqa: S608
    if table.known:
        wrong = connection.execute(source + table.known, given).fetchone()
        if wrong is not None:
            raise TransferConflict(name, *wrong)
    return connection.execute(source + table.take, given).rowcount


def _held(connection: Connection[Any], folder: Path) -> int:
    """Count the members of the export that are members here."""
    n = 0
    for rows in _chunks(folder, "member"):
        ((held,),) = connection.execute(HELD, [json.dumps(rows)])
        n += held
    return n
