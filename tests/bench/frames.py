"""Frames of a toy camera that nobody reads, and finished units that nobody computed."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from psycopg import Connection, sql

from pipeline.commit import StoredFiles
from pipeline.execute import Done, Usage
from pipeline.storage import Written
from pipeline.tasks import tasks
from pipeline.units import Unit, claim
from schema.ledger.collections import add_members, make_run
from schema.ledger.external import ExternalFile, register_external
from schema.settings import settings
from schema.store import Stored
from tests.bench.elsewhere import variable

CHIPS = 100  # detectors of the camera
CAMERA = """
insert into registry.instrument (instrument, description) values ('Toy', 'A toy.');
insert into registry.physical_filter values ('Toy', 'g', 'g');
insert into registry.detector (instrument, detector, name, purpose, nx, ny)
select 'Toy', i, 'D' || i, 'science', 10, 10 from generate_series(0, {chips} - 1) i;
insert into registry.visit select 'Toy', i, 'g', 20200101 from generate_series(1, {visits}) i;
insert into registry.exposure
select 'Toy', i, i, 'g', 20200101, 58849.0 + i * 39 / 86400.0, 30.0 from generate_series(1, {visits}) i"""


def register_frames(owner: Connection[Any], types: Sequence[str], n: int) -> list[int]:
    """Register datasets of some types of n images, without their files; give those of the first type."""
    owner.execute(sql.SQL(CAMERA).format(chips=CHIPS, visits=-(-n // CHIPS)))
    run = make_run(owner, "Toy/raw", "ingest", bytes(32), "Raw files of a toy.")
    keys: list[list[int]] = []
    for name in types:
        files = []
        for image in range(n):
            digest = sha256(f"{name}/{image}".encode()).digest()
            data_id = {"instrument": "Toy", "exposure": 1 + image // CHIPS, "detector": image % CHIPS}
            files.append(ExternalFile(name, data_id, digest, _stored(digest), f"{name}{image}.txt"))
        keys.append([found.dataset_id for found in register_external(owner, files, "file")])
        add_members(owner, run, keys[-1], "ingested")
    owner.execute("analyze")
    return keys[0]


@contextmanager
def tasks_of(module: str) -> Iterator[None]:
    """Let the planner and the queue find the tasks of a module."""
    with variable("SKYLEDGER_TASK_MODULES", json.dumps([module])):
        settings.cache_clear()
        tasks.cache_clear()
        try:
            yield
        finally:
            settings.cache_clear()
            tasks.cache_clear()


def claim_all(connection: Connection[Any], worker: int) -> list[Unit]:
    """Claim whatever is ready."""
    connection.execute("select work.heartbeat(%s, '1 hour')", [[worker]])
    units: list[Unit] = []
    while found := claim(connection, worker, 500, "1 hour"):
        units += found
    return units


def finish(units: Sequence[Unit]) -> tuple[list[Done], StoredFiles]:
    """Give what a worker has in hand when it is about to register units."""
    began = datetime(2020, 1, 1, tzinfo=UTC)
    usage = Usage(began, began, 0.5, 64.0, "")
    done, stored = [], {}
    for unit in units:
        outputs = {}
        for name in unit.task.outputs():
            digest = sha256(unit.provenance + name.encode()).digest()
            outputs[name] = Written(Path("nowhere"), digest, 1)
            stored[unit.unit_id, name] = _stored(digest)
        done.append(Done(unit, usage, outputs, dict.fromkeys(unit.task.metrics(), 1.0)))
    return done, stored


def _stored(digest: bytes) -> Stored:
    return Stored(f"files/{digest.hex()}", digest, 1000)
