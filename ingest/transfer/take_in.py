"""A run into a ledger, from the folder of an export: all of it, or nothing."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg import Connection, errors

from ingest.transfer.artifacts import take_files
from ingest.transfer.described import DESCRIBED
from ingest.transfer.errors import BadTransfer
from ingest.transfer.export import TABLES, files_of
from ingest.transfer.folder import Manifest, read_manifest, read_table
from ingest.transfer.lineage_proof import prove_quanta
from ingest.transfer.linked import LINKED
from ingest.transfer.rows import chunks, take_described, take_linked
from ingest.transfer.runs import make_runs
from ingest.transfer.units import settle_units
from schema.faults import die_at
from schema.ledger.curation import refusals
from schema.store import Store

Bar = Callable[[int], AbstractContextManager[Callable[[], object]]]
# One import at a time: of workers and of attempts nothing but a look tells whether they are there.
TURN = "select pg_advisory_xact_lock('work.worker'::regclass::oid::bigint)"
# Nobody has counted what this transaction fills, and a plan made for empty tables walks through them for each row: here
# joins go as they are written, and every step is a look into an index.
LOOK_UP = """
set local join_collapse_limit = 1; set local enable_seqscan = off; set local enable_hashjoin = off;
set local enable_mergejoin = off"""
AS_EVER = """
set local join_collapse_limit to default; set local enable_seqscan to default; set local enable_hashjoin to default;
set local enable_mergejoin to default"""
LAST_UNIT = "select coalesce(max(unit_id), 0) from work.unit where run_id = %s"
HELD = """
select count(*) from json_to_recordset(%s) as x (collection text, uid uuid)
join registry.collection c on c.name = x.collection join registry.dataset d using (uid)
join registry.member m on m.collection_id = c.collection_id and m.until = 'infinity'
  and m.dataset_type_id = d.dataset_type_id and m.coordinate_id = d.coordinate_id and m.dataset_id = d.dataset_id"""


@dataclass
class Taken:
    """What became of an export."""

    run: str
    new: dict[str, int] = field(default_factory=dict)  # rows by table
    files: int = 0
    new_files: int = 0
    moved: int = 0  # units that were here and ended there since
    kept: int = 0  # members whose place another dataset has here


def import_run(
    connection: Connection[Any], store: Store, folder: Path, bar: Bar = lambda _: nullcontext(lambda: None)
) -> Taken:
    """Take a run in: first every digest is proved, then the files come, then all rows in one transaction.

    What is there already is kept, so that a repeat changes nothing, and whoever was interrupted repeats. Of a run that
    moved on since it came first, what is new comes.

    Parameters
    ----------
    bar
        Takes the number of files, and gives what is called after each.

    Raises
    ------
    BadTransfer
        Raised if the folder is no export, or not what was written.
    TransferConflict
        Raised if the ledger has something of the same identity that is not the same.
    RunGoesOn
        Raised if units of the run wait or work here, and others of it that do not ended better elsewhere.
    """
    with _one_sentence(folder):
        manifest = read_manifest(folder, TABLES)
        taken = Taken(manifest.run)
        with bar(len(files_of(folder, manifest))) as advance:
            for fresh in take_files(connection, store, folder, manifest):
                taken.files += 1
                taken.new_files += fresh
                advance()
        die_at("before_import")
        with refusals(manifest.run), connection.transaction():
            _take_all(connection, folder, manifest, taken)
            die_at("in_import")
    return taken


def _take_all(connection: Connection[Any], folder: Path, manifest: Manifest, taken: Taken) -> None:
    """Take all rows in, and prove what they then say."""
    connection.execute("set local time zone 'UTC'")
    connection.execute(TURN)
    for one in DESCRIBED:
        taken.new[one.name] = take_described(connection, folder, manifest, one)
    run = make_runs(connection, folder, manifest)
    ((last_unit,),) = connection.execute(LAST_UNIT, [run])
    keys = {"run": run, "last_unit": last_unit}
    connection.execute(LOOK_UP)
    for name in LINKED:
        taken.new[name] = take_linked(connection, folder, manifest, name, keys)
    units = chunks(folder, manifest, "unit")
    taken.moved = settle_units(connection, folder, manifest.run, keys, units, taken.new["unit"])
    taken.kept = manifest.tables["member"]["rows"] - _held(connection, folder, manifest)
    connection.execute(AS_EVER)
    (said,) = read_table(folder, manifest, "run")
    for rows in chunks(folder, manifest, "quantum"):
        hashes = [bytes.fromhex(row["provenance_hash"].removeprefix("\\x")) for row in rows]
        prove_quanta(connection, folder, hashes, said["lineage_classes"])


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


def _held(connection: Connection[Any], folder: Path, manifest: Manifest) -> int:
    """Count the members of the export that are members here."""
    n = 0
    for rows in chunks(folder, manifest, "member"):
        ((held,),) = connection.execute(HELD, [json.dumps(rows)])
        n += held
    return n
