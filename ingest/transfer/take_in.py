"""A run into a ledger, from the folder of an export: all of it, or nothing."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg import Connection, errors

from ingest.merging import merge
from ingest.transfer.artifacts import take_files
from ingest.transfer.described import DESCRIBED
from ingest.transfer.errors import BadTransfer, TransferConflict
from ingest.transfer.export import TABLES
from ingest.transfer.folder import Manifest, Row, read_manifest, read_table
from ingest.transfer.lineage_proof import prove_quanta
from ingest.transfer.linked import LINKED, linked
from ingest.transfer.parents import orphans
from ingest.transfer.proof import prove
from schema.faults import die_at
from schema.ledger.collections import NAME, find_of_kind, lock, make_run
from schema.ledger.curation import refusals
from schema.ledger.rows import CHUNK
from schema.store import Store

Progress = Callable[[], object]
CHUNK_BYTES = 64_000_000  # of one statement, about: footprints and logs are long
CUT = 300  # characters of a row in a sentence
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
    with _one_sentence(folder):
        manifest = read_manifest(folder, TABLES)
        if not NAME.fullmatch(manifest.run):
            raise BadTransfer(folder, f"the name {manifest.run[:120]!r} cannot be that of a run")
        taken = Taken(manifest.run)
        for _ in take_files(store, folder):
            taken.files += 1
            progress()
        die_at("before_import")
        with refusals(manifest.run), connection.transaction():
            _take_all(connection, folder, manifest, taken)
            die_at("in_import")
    return taken


def _take_all(connection: Connection[Any], folder: Path, manifest: Manifest, taken: Taken) -> None:
    """Take all rows in, and prove what they then say."""
    connection.execute("set local time zone 'UTC'")
    for one in DESCRIBED:
        taken.new[one.name] = 0
        for rows in _chunks(folder, one.name, manifest):
            n, wrong = merge(connection, one.table, one.keys, rows, loose=one.loose)
            if wrong is not None:
                raise TransferConflict(one.name, wrong.key, wrong.column, wrong.known, wrong.given)
            taken.new[one.name] += n
    ((last_unit,),) = connection.execute("select coalesce(max(unit_id), 0) from work.unit")
    given = {"run": _make_runs(connection, folder, manifest), "last_unit": last_unit}
    for name in LINKED:
        taken.new[name] = sum(_take(connection, folder, name, rows, given) for rows in _chunks(folder, name, manifest))
    for rows in _chunks(folder, "quantum", manifest):
        prove_quanta(connection, folder, [bytes.fromhex(row["provenance_hash"].removeprefix("\\x")) for row in rows])
    taken.kept = manifest.tables["member"]["rows"] - _held(connection, folder, manifest)


@contextmanager
def _one_sentence(folder: Path) -> Iterator[None]:
    """Turn what Python and the database say of rows that are none into one sentence."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadTransfer(folder, f"a row of it is not whole ({type(error).__name__}: {error})") from error
    except (errors.DataError, errors.IntegrityError) as error:
        said = error.diag.message_primary or str(error)
        table = f" of {error.diag.table_name}" if error.diag.table_name else ""
        raise BadTransfer(folder, f"a row{table} cannot be stored: {said}") from error


def _chunks(folder: Path, table: str, manifest: Manifest) -> Iterator[list[Row]]:
    """Read a table in sets that one statement takes, each proved; in the end, all that was written must have come."""
    n = size = 0
    chunk: list[Row] = []
    for row in read_table(folder, table):
        chunk.append(row)
        n += 1
        size += len(str(row))
        if len(chunk) == CHUNK or size > CHUNK_BYTES:
            prove(folder, table, chunk)
            yield chunk
            chunk, size = [], 0
    if chunk:
        prove(folder, table, chunk)
        yield chunk
    if n != manifest.tables[table]["rows"]:
        raise BadTransfer(folder, f"the table {table} has {n} rows, and {manifest.tables[table]['rows']} were written")


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
    outside = {row["collection"]: row for row in read_table(folder, "member") if row["collection"] != manifest.run}
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


def _take(connection: Connection[Any], folder: Path, name: str, rows: list[Row], keys: dict[str, int]) -> int:
    """Take rows of a table in; give how many are new.

    Raises
    ------
    BadTransfer
        Raised if a row refers to what is not there.
    TransferConflict
        Raised if a row is there and says something else.
    """
    given = {"rows": json.dumps(rows), **keys}
    table = linked(name)
    source = f"with x as materialized (select * from json_to_recordset(%(rows)s) as x ({table.columns}))\n"  # noqa: S608
    lacking = orphans(name)
    if lacking and (alone := connection.execute(source + lacking, given).fetchone()):
        raise BadTransfer(folder, f"a row of {name} finds no {alone[0]}: {alone[1][:CUT]}")
    if table.known:
        wrong = connection.execute(source + table.known, given).fetchone()
        if wrong is not None:
            raise TransferConflict(name, *wrong)
    return connection.execute(source + table.take, given).rowcount


def _held(connection: Connection[Any], folder: Path, manifest: Manifest) -> int:
    """Count the members of the export that are members here."""
    n = 0
    for rows in _chunks(folder, "member", manifest):
        ((held,),) = connection.execute(HELD, [json.dumps(rows)])
        n += held
    return n
