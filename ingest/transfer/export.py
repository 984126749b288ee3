"""A run out of a ledger, into a folder."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg import Connection, sql

from ingest.transfer.described import DESCRIBED, Described
from ingest.transfer.errors import NoRoom, NoSuchRun
from ingest.transfer.folder import Manifest, Row, place, read_table, write_manifest, write_table
from ingest.transfer.lineage_proof import CLASSES
from ingest.transfer.linked import LINKED, linked
from ingest.transfer.scope import Scope, scope
from schema.settings import settings
from schema.store import Store
from schema.version import REVISION

RUN = f"""
select c.name as run, c.doc, r.pipeline, r.plan_digest, r.submitted_by, r.created_at, r.inputs, r.compatibility_class,
       array({CLASSES} union select %(ours)s order by 1) as lineage_classes, s.weight
from registry.run r join registry.collection c on c.collection_id = r.run_id
left join work.share s on s.run_id = r.run_id
where r.run_id = %(run)s"""  # noqa: S608  # of ours
TABLES = ("run", *(one.name for one in DESCRIBED), *LINKED)
Progress = Callable[[], object]


def export_run(connection: Connection[Any], run: str, folder: Path) -> Manifest:
    """Write what the ledger says of a run, all of one moment; `copy_out` brings its files, and ends the export.

    Raises
    ------
    NoSuchRun
        Raised if there is no such run, or it goes on.
    NoRoom
        Raised if the disk is full.
    """
    with connection.transaction():
        # One moment for all tables, and times that read the same everywhere.
        connection.execute("set transaction isolation level repeatable read, read only")
        connection.execute("set local time zone 'UTC'")
        found = scope(connection, run)
        queries = {"run": RUN}
        queries |= {one.name: _described(connection, one) for one in DESCRIBED}
        queries |= {name: linked(name).export for name in LINKED}
        with _room(folder):
            folder.mkdir(parents=True, exist_ok=True)
            tables = {name: write_table(folder, name, _rows(connection, queries[name], found)) for name in TABLES}
    return Manifest(run, REVISION, tables)


def copy_out(store: Store, folder: Path, manifest: Manifest, progress: Progress = lambda: None) -> int:
    """Copy the files of an export, each proved, and write its manifest; give how many were not there yet.

    Raises
    ------
    NoSuchRun
        Raised if the store has not the bytes that were registered.
    StoreBroken
        Raised if a file is missing from the store.
    NoRoom
        Raised if the disk is full.
    """
    copied = 0
    with _room(folder):
        for path, digest in files_of(folder, manifest):
            target = place(folder, path, digest)
            if not target.is_file():
                if not store.copy_out(path, bytes.fromhex(digest), target):
                    raise NoSuchRun(manifest.run, f"has a file {path} with other bytes than were registered")
                copied += 1
            progress()
        write_manifest(folder, manifest)
    return copied


def files_of(folder: Path, manifest: Manifest) -> dict[tuple[str, str], None]:
    """Give path and SHA-256 (hexadecimal) of each file of an export, once, in order."""
    rows = read_table(folder, manifest, "artifact")
    return dict.fromkeys((row["path"], row["file_digest"].removeprefix("\\x")) for row in rows)


@contextmanager
def _room(folder: Path) -> Iterator[None]:
    """Say a full disk in one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom(folder) from error
        raise


def _described(connection: Connection[Any], one: Described) -> str:
    """Give the statement that reads the rows of a description."""
    query = sql.SQL("select {columns} from {table} t where {which} order by {keys}").format(
        columns=sql.SQL(", ").join(sql.Identifier("t", name) for name in one.columns),
        table=sql.Identifier(str(one.table.schema), one.name),
        which=sql.SQL(one.which),
        keys=sql.SQL(", ").join(map(sql.Identifier, one.keys)),
    )
    return query.as_string(connection)


def _rows(connection: Connection[Any], query: str, found: Scope) -> Iterator[Row]:
    """Read rows as JSON, some thousand at a time."""
    with connection.cursor(name="transfer") as cursor:
        cursor.itersize = 5000
        given = found.parameters | {"ours": settings().compatibility_class}
        cursor.execute(f"select to_json(x) from ({query}) x", given)  # noqa: S608  # of ours
        for (row,) in cursor:
            yield row
