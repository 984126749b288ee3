"""Rows of a transfer into their tables: what is there is kept, and must say the same."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from psycopg import Connection

from ingest.merging import merge
from ingest.transfer.described import Described
from ingest.transfer.errors import BadTransfer, TransferConflict
from ingest.transfer.folder import Manifest, Row, read_table
from ingest.transfer.linked import linked
from ingest.transfer.parents import orphans
from ingest.transfer.proof import prove
from schema.ledger.rows import CHUNK

CHUNK_BYTES = 64_000_000  # of one statement, about: footprints and logs are long
CUT = 300  # characters of a row in a sentence


def chunks(folder: Path, manifest: Manifest, table: str) -> Iterator[list[Row]]:
    """Read a table in sets that one statement takes, each proved.

    Raises
    ------
    BadTransfer
        Raised if a row is not what its identity says, or the table not what was written.
    """
    size = 0
    chunk: list[Row] = []
    for row in read_table(folder, manifest, table):
        chunk.append(row)
        size += len(str(row))
        if len(chunk) == CHUNK or size > CHUNK_BYTES:
            prove(folder, table, chunk)
            yield chunk
            chunk, size = [], 0
    if chunk:
        prove(folder, table, chunk)
        yield chunk


def take_described(connection: Connection[Any], folder: Path, manifest: Manifest, one: Described) -> int:
    """Take a description in; give how many of its rows are new.

    Raises
    ------
    TransferConflict
        Raised if a row is there and says something else.
    """
    n = 0
    for rows in chunks(folder, manifest, one.name):
        new, wrong = merge(connection, one.table, one.keys, rows, loose=one.loose, blank=one.blank)
        if wrong is not None:
            raise TransferConflict(one.name, wrong.key, wrong.column, wrong.known, wrong.given)
        n += new
    return n


def take_linked(connection: Connection[Any], folder: Path, manifest: Manifest, name: str, keys: dict[str, int]) -> int:
    """Take a table in that hangs together with others; give how many of its rows are new.

    Raises
    ------
    BadTransfer
        Raised if a row refers to what is not there.
    TransferConflict
        Raised if a row is there and says something else.
    """
    n, table, lacking = 0, linked(name), orphans(name)
    for rows in chunks(folder, manifest, name):
        given = {"rows": json.dumps(rows), **keys}
        if lacking and (alone := connection.execute(table.source + lacking, given).fetchone()):
            raise BadTransfer(folder, f"a row of {name} finds no {alone[0]}: {alone[1][:CUT]}")
        n += connection.execute(table.source + table.take, given).rowcount
        # Afterwards: two rows of one export may contradict each other, too.
        if table.known and (wrong := connection.execute(table.source + table.known, given).fetchone()):
            raise TransferConflict(name, *wrong)
    return n
