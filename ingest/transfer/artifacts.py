"""Files of a transfer: into the store, each proved by its bytes and by what they say."""

import json
from collections.abc import Iterable, Iterator
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from typing import Any

from psycopg import Connection

from ingest.transfer.content import Contents, hexadecimal
from ingest.transfer.errors import BadTransfer
from ingest.transfer.folder import Manifest, Row, place, read_table
from schema.errors import StoreBroken
from schema.store import Store

LOOK = 5000  # rows of which the ledger is asked at a time
KNOWN = """
select r.place - 1 from json_array_elements(%s) with ordinality as r (said, place)
cross join lateral json_to_record(r.said)
  as x (content_digest bytea, path text, part text, file_digest bytea, n_bytes int8)
join registry.artifact a on (a.path, a.part, a.content_digest, a.file_digest, a.n_bytes)
                          = (x.path, x.part, x.content_digest, x.file_digest, x.n_bytes)
where a.state = 'present'"""


def take_files(connection: Connection[Any], store: Store, folder: Path, manifest: Manifest) -> Iterator[bool]:
    """Put the files of an export into the store, each proved; tell of each whether it is new there.

    Nothing is read of a file that the ledger has with that content, size and SHA-256, and the store with that size:
    it was proved when it came. Else the content is proved of the file in the store, not of the one in the folder, which
    somebody may exchange meanwhile.

    Raises
    ------
    BadTransfer
        Raised if a file is missing or not what the tables say.
    StoreBroken
        Raised if a file in the store has other bytes than its name says.
    """
    contents = Contents.of(folder, manifest)
    before = ""
    for rows in _some(read_table(folder, manifest, "artifact")):
        sources = [place(folder, row["path"], hexadecimal(row["file_digest"])) for row in rows]
        with connection.transaction():
            known = {n for (n,) in connection.execute(KNOWN, [json.dumps(rows)])}
        for n, (row, source) in enumerate(zip(rows, sources, strict=True)):
            there, first = store.root / row["path"], row["path"] != before
            before = row["path"]
            fresh = not there.is_file()
            if fresh:
                _take_file(store, folder, source, row)
            elif n not in known and first:
                _prove_stored(there, row)
            if (size := there.stat().st_size) != row["n_bytes"]:
                problem = f"the file {row['path']} has {size} bytes in the store here, and not {row['n_bytes']}"
                raise BadTransfer(folder, problem)
            if fresh or n not in known:
                contents.prove(folder, there, row)
            if first:
                yield fresh


def _take_file(store: Store, folder: Path, source: Path, row: Row) -> None:
    """Put a file into the store."""
    path = row["path"]
    if not source.is_file():
        raise BadTransfer(folder, f"the file {path} is missing")
    try:
        stored = store.take_in(source, bytes.fromhex(hexadecimal(row["file_digest"])))
    except StoreBroken as error:
        raise BadTransfer(folder, f"the file {path} has other bytes than its name says ({error.problem})") from error
    if stored.path != path:
        raise BadTransfer(folder, f"the file {path} has a name that the store does not give")


def _prove_stored(there: Path, row: Row) -> None:
    """Sum up a file of the store that the ledger does not have; somebody was interrupted, or it is another's."""
    with there.open("rb") as stream:
        if file_digest(stream, "sha256").hexdigest() != hexadecimal(row["file_digest"]):
            raise StoreBroken(there, "has other bytes than its name says")


def _some(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Give rows in sets of which the ledger is asked in one statement."""
    stream = iter(rows)
    while chunk := list(islice(stream, LOOK)):
        yield chunk
