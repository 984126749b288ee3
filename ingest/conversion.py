"""Conversions: the quanta that make tables of files from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
from psycopg import Connection

from schema.arrow_digest import digest as table_digest
from schema.canonical import coordinate_digest, digest, output_uid, provenance_hash
from schema.ledger.collections import add_members
from schema.ledger.coordinates import DataId, register_coordinates
from schema.ledger.external import artifact_row, register_dataset_types
from schema.ledger.quanta import ensure_quanta, ensure_task_versions
from schema.ledger.rows import ensure, insert
from schema.registry.artifact import artifact
from schema.registry.config import config
from schema.registry.dataset import dataset
from schema.registry.quantum_input import quantum_input
from schema.registry.region import region
from schema.registry.role import role
from schema.settings import settings
from schema.store import Store, Stored


@dataclass(frozen=True)
class Reading:
    """A file, or another dataset, that a conversion reads.

    Attributes
    ----------
    role
        Name of the input.
    ordinal
        Place among the inputs of that name.
    digest
        Of its content, hexadecimal.
    dataset_id
        Its key; None as long as it is not registered.
    """

    role: str
    ordinal: int
    digest: str
    dataset_id: int | None = None


@dataclass(frozen=True)
class Conversion:
    """One table to make of files.

    Attributes
    ----------
    task
        Name of the conversion.
    code
        Digest of its code and of the table's definition.
    body
        Configuration.
    place
        Data ID of what it makes.
    inputs
        What it reads.
    output
        Dataset type of what it makes.
    """

    task: str
    code: bytes
    body: Mapping[str, Any]
    place: DataId
    inputs: Sequence[Reading]
    output: str

    @cached_property
    def provenance(self) -> bytes:
        """Identity of the quantum."""
        inputs = [(one.role, one.ordinal, one.digest) for one in self.inputs]
        place = coordinate_digest(self.place)
        return provenance_hash(self.task, self.code, digest(self.body), settings().compatibility_class, place, inputs)

    @property
    def uid(self) -> UUID:
        """Identity of the dataset that it makes."""
        return output_uid(self.provenance, self.output)


@dataclass(frozen=True)
class Converted:
    """What a conversion gave, and where it lies; `ranges` is its footprint, as an int8multirange."""

    conversion: Conversion
    content: bytes
    stored: Stored
    n_rows: int
    ranges: str | None = None

    @property
    def uid(self) -> UUID:
        """Identity of the dataset."""
        return self.conversion.uid


def store_table(store: Store, conversion: Conversion, table: pa.Table, ranges: str | None = None) -> Converted:
    """Write a table into the store; its content digest is that of the file read back."""
    with store.scratch() as folder:
        staged = folder / f"{conversion.output}.parquet"
        pq.write_table(table, staged, compression="zstd")
        content = table_digest(pq.ParquetFile(staged).read())
        return Converted(conversion, content, store.publish(staged), table.num_rows, ranges)


def enter(connection: Connection[Any], run: int, converted: Sequence[Converted]) -> None:
    """Register conversions with what they read and made; each takes the place of what its data ID had in the run.

    Parameters
    ----------
    converted
        Of one task, code and configuration, with one output.
    """
    if not converted:
        return
    first = converted[0].conversion
    coordinates = register_coordinates(connection, [one.conversion.place for one in converted])
    quanta = _enter_quanta(connection, first, converted, coordinates)
    types = register_dataset_types(connection, {first.output: (sorted(first.place), "table")})
    rows = (
        {
            "uid": one.uid,
            "dataset_type_id": types[first.output],
            "coordinate_id": coordinate,
            "quantum_id": quanta[one.conversion.provenance],
            "output_name": first.output,
            "content_digest": one.content,
            "n_rows": one.n_rows,
        }
        for one, coordinate in zip(converted, coordinates, strict=True)
    )
    insert(connection, dataset, rows, order=["uid"], on_conflict="(uid) do nothing")
    found = connection.execute(
        "select uid, dataset_id from registry.dataset where uid = any(%s)", [[one.uid for one in converted]]
    )
    ids = dict(found.fetchall())
    insert(connection, artifact, (artifact_row(one.content, one.stored) for one in converted), on_conflict="do nothing")
    footprints = (
        {"dataset_id": ids[one.uid], "coordinate_id": coordinate, "ranges": one.ranges}
        for one, coordinate in zip(converted, coordinates, strict=True)
        if one.ranges is not None
    )
    insert(connection, region, footprints, order=["dataset_id"], on_conflict="(dataset_id) do nothing")
    add_members(connection, run, [ids[one.uid] for one in converted], "ingested")


def _enter_quanta(
    connection: Connection[Any], first: Conversion, converted: Sequence[Converted], coordinates: Sequence[int]
) -> dict[bytes, int]:
    """Register the quanta and what they read; give their keys by provenance hash."""
    configs = ensure(connection, config, "digest", [{"digest": digest(first.body), "body": first.body}])
    version = ensure_task_versions(connection, {first.task: first.code})[first.task]
    rows = [
        {
            "provenance_hash": one.conversion.provenance,
            "task_version_id": version,
            "config_id": configs[digest(first.body)],
            "coordinate_id": coordinate,
            "salt": 0,
        }
        for one, coordinate in zip(converted, coordinates, strict=True)
    ]
    quanta = ensure_quanta(connection, rows)
    names = {read.role for one in converted for read in one.conversion.inputs}
    roles = ensure(connection, role, "name", [{"name": name} for name in sorted(names)])
    edges = (
        {
            "quantum_id": quanta[one.conversion.provenance],
            "role_id": roles[read.role],
            "ordinal": read.ordinal,
            "dataset_id": read.dataset_id,
        }
        for one in converted
        for read in one.conversion.inputs
    )
    insert(connection, quantum_input, edges, order=["quantum_id", "role_id", "ordinal"], on_conflict="do nothing")
    return quanta
