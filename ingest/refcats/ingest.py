"""Reference catalogs into the ledger: `skyledger ingest refcat`."""

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from psycopg import Connection, errors

from ingest.errors import BadReferenceFile
from ingest.loads.load import files_to_load, load
from ingest.refcats import gaia
from ingest.report import Report
from schema.arrow_digest import digest as table_digest
from schema.canonical import coordinate_digest, digest, output_uid, provenance_hash
from schema.catalog.definition import definition
from schema.catalog.definition import digest as definition_digest
from schema.code import code_digest
from schema.ledger.collections import add_members, lock, make_run
from schema.ledger.coordinates import register_coordinates
from schema.ledger.external import ExternalFile, artifact_row, register_dataset_types, register_external
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
ATTEMPTS = 10
# Somebody else opened, staged or published the same datasets in the meantime: see schema/functions/load.sql.
LOADED_BY_ANOTHER = ("P0I03", "P0I04", "P0I06", "23505")
OUTPUT = "reference_star"
FOLLOWED = ("ingest.refcats", "ingest.cameras.fitsfile", "schema.sky")


def ingest_refcat(
    connection: Connection[Any], store: Store, paths: Sequence[Path], progress: Callable[[], object] = lambda: None
) -> Report:
    """Register reference files, convert them, and load their rows into `catalog.reference_star`.

    The conversion is a quantum like any other: from a star one comes back to the file that it stood in.
    """
    report = Report()
    run = make_run(
        connection, f"refcats/{gaia.NAME}", "ingest", bytes(32), "Gaia DR2 as reference for astrometry and photometry."
    )
    for path in paths:
        try:
            table, cell = gaia.read_chunk(path)
        except BadReferenceFile as error:
            report.refuse(path, str(error))
        except (FileNotFoundError, PermissionError) as error:
            report.refuse(path, f"{path}: {error.strerror}; check the path and its permissions")
        else:
            original = store.take_in(path)
            with connection.transaction():
                new, replaces = _register(connection, store, run, path, original, table, cell)
            report.accept(path, new, replaces)
        progress()
    _load(connection, store, run)
    return report


def _register(
    connection: Connection[Any], store: Store, run: int, path: Path, original: Stored, table: pa.Table, cell: int
) -> tuple[bool, bool]:
    """Register a file and what it was converted to; say whether it is new, and whether it replaces another."""
    lock(connection, run)
    place = {"healpix": cell}
    source = ExternalFile("refcat_file", place, original.file_digest, original, path.name)
    (registered,) = register_external(connection, [source], "file")
    (coordinate,) = register_coordinates(connection, [place])
    code = code_digest("ingest.refcats.gaia", FOLLOWED, definitions=(definition_digest(definition(OUTPUT)),))
    body = {"catalog": gaia.NAME}
    provenance = provenance_hash(
        TASK, code, digest(body), COMPATIBILITY, coordinate_digest(place), [("file", 0, original.file_digest.hex())]
    )
    quantum = _quantum(connection, provenance, code, body, coordinate, registered.dataset_id)
    content, stored = _store(store, table)
    types = register_dataset_types(connection, {OUTPUT: (("healpix",), "table")})
    uid = output_uid(provenance, OUTPUT)
    row = {
        "uid": uid,
        "dataset_type_id": types[OUTPUT],
        "coordinate_id": coordinate,
        "quantum_id": quantum,
        "output_name": OUTPUT,
        "content_digest": content,
        "n_rows": table.num_rows,
    }
    insert(connection, dataset, [row], on_conflict="(uid) do nothing")
    found = connection.execute("select dataset_id from registry.dataset where uid = %s", [uid]).fetchone()
    made = found[0] if found else 0
    insert(connection, artifact, [artifact_row(content, stored)], on_conflict="do nothing")
    footprint = {"dataset_id": made, "coordinate_id": coordinate, "ranges": cell_ranges(cell)}
    insert(connection, region, [footprint], on_conflict="(dataset_id) do nothing")
    successors = add_members(connection, run, [registered.dataset_id, made] if registered.new else [], "ingested")
    return registered.new, bool(successors)


def _store(store: Store, table: pa.Table) -> tuple[bytes, Stored]:
    """Write the rows into the store; give their content digest, as read back, and where they are."""
    with store.scratch() as folder:
        staged = folder / f"{OUTPUT}.parquet"
        pq.write_table(table, staged, compression="zstd")
        return table_digest(pq.read_table(staged)), store.publish(staged)


def _quantum(
    connection: Connection[Any], provenance: bytes, code: bytes, body: dict[str, Any], coordinate: int, source: int
) -> int:
    """Register the conversion and what it read."""
    configs = ensure(connection, config, "digest", [{"digest": digest(body), "body": body}])
    row = {
        "provenance_hash": provenance,
        "task_version_id": ensure_task_versions(connection, {TASK: code})[TASK],
        "config_id": configs[digest(body)],
        "coordinate_id": coordinate,
        "salt": 0,
    }
    quantum = ensure_quanta(connection, [row])[provenance]
    roles = ensure(connection, role, "name", [{"name": "file"}])
    edge = {"quantum_id": quantum, "role_id": roles["file"], "ordinal": 0, "dataset_id": source}
    insert(connection, quantum_input, [edge], on_conflict="do nothing")
    return quantum


def _load(connection: Connection[Any], store: Store, run: int) -> None:
    """Load what is not in the table yet, as one partition; another ingest that loads the same makes this look again."""
    for attempt in range(ATTEMPTS):
        files = files_to_load(connection, OUTPUT, run, OUTPUT)
        if not files:
            return
        row = connection.execute("select nextval('work.fence')").fetchone()
        try:
            load(connection, store, OUTPUT, run, files, row[0] if row else 0)
        except (errors.RaiseException, errors.UniqueViolation) as error:
            if error.sqlstate not in LOADED_BY_ANOTHER or attempt == ATTEMPTS - 1:
                raise
            time.sleep(random.uniform(0.2, 1.0))
