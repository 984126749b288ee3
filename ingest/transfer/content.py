"""Content of the files of a transfer: made again of what they say, and compared."""

import warnings
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ingest.content import part_content
from ingest.transfer.errors import BadTransfer
from ingest.transfer.folder import Manifest, Row, read_table
from schema.arrow_digest import digest as table_digest
from schema.image_digest import image_digest

READ = ("table", "image")  # storage classes whose content is read back; of others it is made of the bytes


@dataclass(frozen=True)
class Contents:
    """What an export says of the content of its datasets, by content digest (hexadecimal)."""

    read: dict[str, set[tuple[str, int | None]]] = field(default_factory=lambda: defaultdict(set))  # storage, rows
    bytes: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))  # corrections of headers

    @classmethod
    def of(cls, folder: Path, manifest: Manifest) -> "Contents":
        """Read it from the tables."""
        storage = {row["name"]: row["storage_class"] for row in read_table(folder, manifest, "dataset_type")}
        corrected = {row["uid"]: row["correction"] for row in read_table(folder, manifest, "origin")}
        found = cls()
        for row in read_table(folder, manifest, "dataset"):
            content, kind = hexadecimal(row["content_digest"]), storage[row["dataset_type"]]
            if kind in READ and row["provenance_hash"] is not None:
                found.read[content].add((kind, row["n_rows"]))
            else:
                right = {change["keyword"]: change["value"] for change in corrected.get(row["uid"]) or ()}
                if right not in found.bytes[content]:
                    found.bytes[content].append(right)
        return found

    def prove(self, folder: Path, file: Path, row: Row) -> None:
        """Refuse a row of `artifact` that does not tell of its file.

        Raises
        ------
        BadTransfer
            Raised if the content is of no dataset, or not that of the file.
        """
        content, path = hexadecimal(row["content_digest"]), row["path"]
        if content not in self.read and content not in self.bytes:
            raise BadTransfer(
                folder, f"the file {path} has the content {content}, which is of no dataset of the export"
            )
        for kind, n_rows in sorted(self.read.get(content, ()), key=str):
            found, n = _read_back(folder, file, path, kind)
            if found != content:
                raise BadTransfer(folder, f"the file {path} has the content {found}, and not {content}: it was forged")
            if n != n_rows:
                raise BadTransfer(folder, f"the file {path} has {n} rows, and a dataset of it says {n_rows}")
        digest = hexadecimal(row["file_digest"])
        for right in self.bytes.get(content, ()):
            if content not in (digest, part_content(bytes.fromhex(digest), row["part"], right).hex()):
                raise BadTransfer(
                    folder, f"the bytes of the file {path} do not make the content {content}: it was forged"
                )


def hexadecimal(text: str) -> str:
    """Give a digest as PostgreSQL writes it without its prefix."""
    return text.removeprefix("\\x")


def _read_back(folder: Path, file: Path, path: str, kind: str) -> tuple[str, int | None]:
    """Make the digest of a table or an image again, and count the rows of a table."""
    try:
        if kind == "table":
            table = pq.read_table(file)
            return table_digest(table).hex(), table.num_rows
        with warnings.catch_warnings(action="ignore"):  # whatever a file is worth a warning for, its digest tells
            return image_digest(file).hex(), None
    except Exception as error:  # a file of somebody else may break its reader in any way
        said = " ".join(f"{type(error).__name__} {error}".split())
        raise BadTransfer(folder, f"the file {path} is no {kind} that can be read: {said}") from error
