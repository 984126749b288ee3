"""The folder of a transfer: packed lines of JSON, files, and a manifest with the digests of all."""

import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, BinaryIO

from ingest.transfer.errors import BadTransfer
from schema.canonical import digest
from schema.version import REVISION

FORMAT = 2
LONGEST = 16_000_000  # bytes of a line: a footprint has some thousand ranges, a log some megabytes
MANIFEST = "transfer.json"
# Where the store puts a file; nothing else is ever copied, so that nothing can leave the folder or the store.
FILE = re.compile(r"files/([0-9a-f]{2})/(\1[0-9a-f]{62})(\.[A-Za-z0-9]{1,16}){0,2}")
Row = dict[str, Any]


@dataclass(frozen=True)
class Manifest:
    """What a folder holds."""

    run: str
    revision: str  # of the ledger that it comes from
    tables: dict[str, Row]  # name to number of rows and SHA-256 of the file

    @property
    def document(self) -> Row:
        """What is written, with the digest of itself."""
        said = {"format": FORMAT, "run": self.run, "revision": self.revision, "tables": self.tables}
        return {**said, "sha256": digest(said).hex()}


def write_table(folder: Path, name: str, rows: Iterable[Row]) -> Row:
    """Write rows as packed lines of JSON; the same rows give the same bytes. Give what the manifest says of them."""
    path = _table(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    n = 0
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as stream:
        for row in rows:
            stream.write(json.dumps(row, sort_keys=True, separators=(",", ":"), allow_nan=False).encode() + b"\n")
            n += 1
    return {"rows": n, "sha256": _digest(path)}


def read_table(folder: Path, manifest: Manifest, name: str) -> Iterator[Row]:
    """Read the rows of a table, and prove at their end that they were those of the manifest.

    Who takes rows before the end must be able to take back what was made of them.

    Raises
    ------
    BadTransfer
        Raised if the table cannot be read, or is another than when the manifest was proved.
    """
    n, said = 0, manifest.tables[name]
    try:
        with _table(folder, name).open("rb") as raw:
            proved = _Summed(raw)
            with gzip.GzipFile(fileobj=proved, mode="rb") as stream:  # type: ignore[call-overload]  # it only reads
                while line := stream.readline(LONGEST + 1):
                    n += 1
                    row = json.loads(line) if len(line) <= LONGEST else None
                    if not isinstance(row, dict):
                        problem = f"line {n} of the table {name} is no row, or longer than {LONGEST} bytes"
                        raise BadTransfer(folder, problem)
                    yield row
    except (OSError, EOFError, ValueError, RecursionError, zlib.error) as error:
        raise BadTransfer(folder, f"the table {name} cannot be read after line {n}: {error}") from error
    if proved.sum.hexdigest() != said["sha256"]:
        raise BadTransfer(folder, f"the table {name} was changed while it was read: its SHA-256 differs")
    if n != said["rows"]:
        raise BadTransfer(folder, f"the table {name} has {n} rows, and {said['rows']} were written")


class _Summed:
    """A stream that knows the SHA-256 of what was read of it."""

    def __init__(self, raw: BinaryIO) -> None:
        self.raw, self.sum = raw, sha256()

    def read(self, size: int = -1) -> bytes:
        """Read, and sum up."""
        found = self.raw.read(size)
        self.sum.update(found)
        return found


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, last: a folder without one is no export."""
    fresh = folder / f"{MANIFEST}.new"
    fresh.unlink(missing_ok=True)  # nothing is written through a link that somebody left
    fresh.write_text(json.dumps(manifest.document, indent=1) + "\n")
    fresh.replace(folder / MANIFEST)


def read_manifest(folder: Path, tables: Iterable[str]) -> Manifest:
    """Read the manifest, and prove it and every table.

    Parameters
    ----------
    tables
        Names of the tables that there must be, no more and no less.

    Raises
    ------
    BadTransfer
        Raised if the folder is no export of a run in this format, or anything of it was changed.
    """
    try:
        with _plain(folder, MANIFEST).open("rb") as stream:
            said = json.loads(stream.read(LONGEST))
        found = Manifest(said["run"], said["revision"], said["tables"])
    except (OSError, ValueError, RecursionError, LookupError, TypeError) as error:
        raise BadTransfer(folder, f"is no export ({error}): give the folder that `skyledger export` filled") from error
    if said.get("format") != FORMAT:
        raise BadTransfer(folder, f"has the format {said.get('format')}, and {FORMAT} is read here")
    if said != found.document:
        raise BadTransfer(folder, f"{MANIFEST} is not what was written: its own digest differs")
    if found.revision != REVISION:
        raise BadTransfer(folder, f"is of a ledger of revision {found.revision}, and this code is of {REVISION}")
    if set(found.tables) != set(tables):
        unlike = ", ".join(sorted(set(found.tables) ^ set(tables)))
        raise BadTransfer(folder, f"was written by another version of the code: the tables {unlike} differ")
    for name, table in found.tables.items():
        if not _table(folder, name).is_file() or _digest(_table(folder, name)) != table["sha256"]:
            raise BadTransfer(folder, f"the table {name} is missing, or not what was written: its SHA-256 differs")
    return found


def place(folder: Path, path: str, file_digest_: str) -> Path:
    """Give where a file of the store lies in the folder.

    Raises
    ------
    BadTransfer
        Raised if the path is not the one that the store gives to that digest.
    """
    found = FILE.fullmatch(path)
    if found is None or found[2] != file_digest_:
        raise BadTransfer(folder, f"the path {path[:120]!r} is not one that a store gives")
    return _plain(folder, path)


def _table(folder: Path, name: str) -> Path:
    return _plain(folder, f"tables/{name}.jsonl.gz")


def _plain(folder: Path, path: str) -> Path:
    """Refuse symbolic links: what they lead to is no part of the folder, and may be private."""
    place_ = folder
    for part in path.split("/"):
        place_ /= part
        if place_.is_symlink():
            raise BadTransfer(folder, f"{place_.relative_to(folder)} is a symbolic link, and none is followed")
    return place_


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
