"""Conversions: the quanta that make the stars of cells from reference files."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
from psycopg import Connection

from ingest.refcats.contents import RefcatFile
from ingest.refcats.stars import OUTPUT, Reader
from schema.arrow_digest import digest as table_digest
from schema.canonical import coordinate_digest, digest, output_uid, provenance_hash
from schema.catalog.definition import definition
from schema.catalog.definition import digest as definition_digest
from schema.code import code_digest
from schema.ledger.collections import add_members
from schema.ledger.coordinates import register_coordinates
from schema.ledger.external import artifact_row, register_dataset_types
from schema.ledger.quanta import ensure_quanta, ensure_task_versions
from schema.ledger.rows import ensure, insert
from schema.ledger.software import COMPATIBILITY
from schema.registry.artifact import artifact
from schema.registry.config import config
from schema.registry.dataset import dataset
from schema.registry.quantum_input import quantum_input
from schema.registry.region import region
from schema.registry.role import role
from schema.sky import cell_ranges
from schema.store import Store, Stored

TASK = "convert_refcat"
ROLE = "file"
FOLLOWED = ("ingest.refcats", "ingest.cameras.fitsfile", "schema.sky")


def recipe(reader: Reader) -> bytes:
    """Give the digest of the code that converts a catalog, and of the table that it fills."""
    return code_digest(reader.module, FOLLOWED, definitions=(definition_digest(definition(OUTPUT)),))


@dataclass(frozen=True)
class Conversion:
    """The stars of one cell, from all files of a catalog that reach into it."""

    catalog: str
    code: bytes
    cell: int
    files: Sequence[RefcatFile]
    task: str = TASK
    output: str = OUTPUT

    @property
    def place(self) -> dict[str, int]:
        """Data ID of the dataset that it makes."""
        return {"healpix": self.cell}

    @property
    def body(self) -> dict[str, str]:
        """Configuration."""
        return {"catalog": self.catalog}

    @cached_property
    def provenance(self) -> bytes:
        """Identity of the quantum."""
        inputs = [(ROLE, n, file.digest) for n, file in enumerate(self.files)]
        place = coordinate_digest(self.place)
        return provenance_hash(self.task, self.code, digest(self.body), COMPATIBILITY, place, inputs)


@dataclass(frozen=True)
class Converted:
    """What a conversion gave, and where it lies."""

    conversion: Conversion
    content: bytes
    stored: Stored
    n_rows: int

    @property
    def uid(self) -> UUID:
        """Identity of the dataset."""
        return output_uid(self.conversion.provenance, self.conversion.output)


def store_stars(store: Store, conversion: Conversion, stars: pa.Table) -> Converted:
    """Write the stars of a cell into the store; their content digest is that of the file read back."""
    with store.scratch() as folder:
        staged = folder / f"{conversion.output}.parquet"
        pq.write_table(stars, staged, compression="zstd")
        return Converted(conversion, table_digest(pq.read_table(staged)), store.publish(staged), stars.num_rows)


def enter(connection: Connection[Any], run: int, converted: Sequence[Converted]) -> None:
    """Register conversions with what they read and made; each takes the place of what its cell had in the run."""
    if not converted:
        return
    output = converted[0].conversion.output  # all are of one catalog
    coordinates = register_coordinates(connection, [one.conversion.place for one in converted])
    quanta = _enter_quanta(connection, converted, coordinates)
    types = register_dataset_types(connection, {output: (("healpix",), "table")})
    rows = (
        {
            "uid": one.uid,
            "dataset_type_id": types[output],
            "coordinate_id": coordinate,
            "quantum_id": quanta[one.conversion.provenance],
            "output_name": output,
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
        {"dataset_id": ids[one.uid], "coordinate_id": coordinate, "ranges": cell_ranges(one.conversion.cell)}
        for one, coordinate in zip(converted, coordinates, strict=True)
    )
    insert(connection, region, footprints, order=["dataset_id"], on_conflict="(dataset_id) do nothing")
    add_members(connection, run, [ids[one.uid] for one in converted], "ingested")


def _enter_quanta(
    connection: Connection[Any], converted: Sequence[Converted], coordinates: Sequence[int]
) -> dict[bytes, int]:
    """Register the quanta and what they read; give their keys by provenance hash."""
    first = converted[0].conversion  # all are of one catalog, by one code
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
    roles = ensure(connection, role, "name", [{"name": ROLE}])
    edges = (
        {
            "quantum_id": quanta[one.conversion.provenance],
            "role_id": roles[ROLE],
            "ordinal": n,
            "dataset_id": file.dataset_id,
        }
        for one in converted
        for n, file in enumerate(one.conversion.files)
    )
    insert(connection, quantum_input, edges, order=["quantum_id", "ordinal"], on_conflict="do nothing")
    return quanta
