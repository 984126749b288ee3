"""Files of a transfer, proved against what its tables say of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.transfer.errors import BadTransfer
from ingest.transfer.folder import Row, place, read_table
from schema.arrow_digest import UndigestibleColumn
from schema.arrow_digest import digest as table_digest
from schema.errors import StoreBroken
from schema.store import Store


@dataclass(frozen=True)
class Contents:
    """Digests of the content of an export's datasets (hexadecimal)."""

    made: set[str]
    outside: set[str]  # of files that came from outside

    @classmethod
    def of(cls, folder: Path) -> "Contents":
        """Read them."""
        made: set[str] = set()
        outside: set[str] = set()
        for row in read_table(folder, "dataset"):
            (outside if row["provenance_hash"] is None else made).add(_hexadecimal(row["content_digest"]))
        return cls(made, outside)


def take_files(store: Store, folder: Path) -> Iterator[str]:
    """Put the files of an export into the store, each proved; give their paths as they come.

    The bytes must have the size and SHA-256 that the export says. The content of a Parquet file is made again and
    compared, too. The content digest of other files (images, parts of files from outside) is not proved: their bytes
    are, and that it is of a dataset of the export.

    Raises
    ------
    BadTransfer
        Raised if a file is missing or not what the tables say.
    """
    contents = Contents.of(folder)
    taken: set[str] = set()
    for row in read_table(folder, "artifact"):
        path = row["path"]
        source = place(folder, path, _hexadecimal(row["file_digest"]))
        if path not in taken:
            _take_file(store, folder, path, source, bytes.fromhex(_hexadecimal(row["file_digest"])))
        _prove(folder, source, row, contents)
        if path not in taken:
            taken.add(path)
            yield path


def _take_file(store: Store, folder: Path, path: str, source: Path, digest: bytes) -> None:
    """Put a file into the store, if it is not there with these bytes."""
    if not source.is_file():
        raise BadTransfer(folder, f"the file {path} is missing")
    there = store.root / path
    if there.is_file() and _digest(there) == digest and _digest(source) == digest:
        return
    try:
        stored = store.take_in(source, digest)
    except StoreBroken as error:
        raise BadTransfer(folder, f"the file {path} has other bytes than its name says ({error})") from error
    if stored.path != path:
        raise BadTransfer(folder, f"the file {path} has a name that the store does not give")


def _prove(folder: Path, source: Path, row: Row, contents: Contents) -> None:
    """Refuse a row that does not tell of its file."""
    content, path = _hexadecimal(row["content_digest"]), row["path"]
    if content not in contents.made and content not in contents.outside:
        raise BadTransfer(folder, f"the file {path} has the content {content}, which is of no dataset of the export")
    if row["n_bytes"] != source.stat().st_size:
        raise BadTransfer(folder, f"the file {path} has {source.stat().st_size} bytes, and not {row['n_bytes']}")
    if source.suffix != ".parquet" or (content in contents.outside and content == _hexadecimal(row["file_digest"])):
        return
    try:
        found = table_digest(pq.read_table(source)).hex()
    except (pa.ArrowException, OSError, UndigestibleColumn) as error:
        raise BadTransfer(folder, f"the file {path} is no table that can be read: {error}") from error
    if found != content:
        raise BadTransfer(folder, f"the file {path} has the content {found}, and not {content}: it was forged")


def _digest(path: Path) -> bytes:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").digest()


def _hexadecimal(text: str) -> str:
    return text.removeprefix("\\x")
