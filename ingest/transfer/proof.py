"""What rows of a transfer must be: identities that are made of content are made again and compared."""

from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from ingest.transfer.errors import BadTransfer
from ingest.transfer.folder import Row
from schema.canonical import coordinate_digest, digest, external_uid, output_uid
from schema.dimensions import DIMENSIONS

Proof = Callable[[Row], bool]


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("\\x"))


def _config(row: Row) -> bool:
    return digest(row["body"]) == _bytes(row["digest"])


def _software(row: Row) -> bool:
    return digest(row["packages"]) == _bytes(row["digest"])


def _skymap(row: Row) -> bool:
    return digest(row["definition"]) == _bytes(row["digest"])


def _coordinate(row: Row) -> bool:
    return coordinate_digest({name: row[name] for name in DIMENSIONS}) == _bytes(row["digest"])


def _dataset(row: Row) -> bool:
    """Compare the uid: of what a quantum made, or of a file that came from outside."""
    if row["provenance_hash"] is None:
        found = external_uid(row["dataset_type"], _bytes(row["coordinate"]), _bytes(row["content_digest"]))
    else:
        found = output_uid(_bytes(row["provenance_hash"]), row["output_name"])
    return found == UUID(row["uid"])


PROOFS: dict[str, tuple[str, Proof]] = {
    "config": ("digest", _config),
    "software": ("digest", _software),
    "skymap": ("digest", _skymap),
    "coordinate": ("digest", _coordinate),
    "dataset": ("uid", _dataset),
}


def prove(folder: Path, table: str, rows: Sequence[Row]) -> None:
    """Refuse rows whose identity is not that of their content.

    Raises
    ------
    BadTransfer
        Raised for the first such row.
    """
    if table not in PROOFS:
        return
    key, holds = PROOFS[table]
    for row in rows:
        if not holds(row):
            raise BadTransfer(
                folder, f"{table} {row[key]} is not what its {key} says: the export was forged or damaged"
            )
