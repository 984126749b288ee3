"""Datasets from outside: files that no quantum made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection

from schema.canonical import coordinate_digest, external_uid
from schema.ledger.coordinates import DataId, register_coordinates
from schema.ledger.rows import ensure, insert
from schema.registry.artifact import artifact
from schema.registry.dataset import dataset
from schema.registry.dataset_type import dataset_type
from schema.registry.origin import origin
from schema.registry.region import region
from schema.store import Stored


@dataclass(frozen=True)
class ExternalFile:
    """A file, or an HDU of one, that becomes a dataset."""

    dataset_type: str
    data_id: DataId
    content_digest: bytes
    stored: Stored
    file_name: str
    part: str = ""
    ranges: str | None = None  # footprint, as an int8multirange
    correction: list[dict[str, Any]] | None = None  # what a header correction changed, as in registry.origin

    @property
    def uid(self) -> UUID:
        """Identity: equal bytes at an equal place are the same dataset, whatever the file is called."""
        return external_uid(self.dataset_type, coordinate_digest(self.data_id), self.content_digest)


@dataclass(frozen=True)
class Registered:
    """What became of a file."""

    dataset_id: int
    new: bool


def register_dataset_types(
    connection: Connection[Any], types: Mapping[str, tuple[Sequence[str], str]]
) -> dict[str, int]:
    """Give the keys of dataset types: name to (dimensions, storage class)."""
    rows = (
        {"name": name, "dimensions": sorted(dimensions), "storage_class": storage}
        for name, (dimensions, storage) in types.items()
    )
    return ensure(connection, dataset_type, "name", rows)


def register_external(connection: Connection[Any], files: Sequence[ExternalFile], storage: str) -> list[Registered]:
    """Register files as datasets; those that are known stay as they are.

    The caller holds the lock of the collection that they go into, so that nobody registers the same at once.

    Parameters
    ----------
    storage
        Storage class of their dataset types.
    """
    types = register_dataset_types(connection, {file.dataset_type: (sorted(file.data_id), storage) for file in files})
    coordinates = register_coordinates(connection, [file.data_id for file in files])
    uids = [file.uid for file in files]
    known = _by_uid(connection, uids)
    rows = {
        file.uid: {
            "uid": file.uid,
            "dataset_type_id": types[file.dataset_type],
            "coordinate_id": place,
            "content_digest": file.content_digest,
        }
        for file, place in zip(files, coordinates, strict=True)
    }
    insert(connection, dataset, rows.values(), order=["uid"], on_conflict="(uid) do nothing")
    ids = _by_uid(connection, uids)
    fresh = {file.uid: file for file in files if file.uid not in known}
    insert(
        connection,
        artifact,
        (artifact_row(file.content_digest, file.stored, file.part) for file in files),
        on_conflict="do nothing",
    )
    insert(
        connection,
        origin,
        (
            {
                "dataset_id": ids[uid],
                "file_name": file.file_name,
                "part": file.part,
                "correction": file.correction,
            }
            for uid, file in fresh.items()
        ),
        order=["dataset_id"],
    )
    places = dict(zip(uids, coordinates, strict=True))
    insert(
        connection,
        region,
        (
            {"dataset_id": ids[uid], "coordinate_id": places[uid], "ranges": file.ranges}
            for uid, file in fresh.items()
            if file.ranges
        ),
        order=["dataset_id"],
    )
    return [Registered(ids[file.uid], file.uid in fresh) for file in files]


def artifact_row(content_digest: bytes, stored: Stored, part: str = "") -> dict[str, Any]:
    """Give the row that says where the bytes of a content lie."""
    return {
        "content_digest": content_digest,
        "path": stored.path,
        "part": part,
        "file_digest": stored.file_digest,
        "n_bytes": stored.n_bytes,
    }


def _by_uid(connection: Connection[Any], uids: Sequence[UUID]) -> dict[UUID, int]:
    """Give the keys of the datasets that are there."""
    return dict(
        connection.execute("select uid, dataset_id from registry.dataset where uid = any(%s)", [list(uids)]).fetchall()
    )
