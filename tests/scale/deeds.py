"""Everything that the queue and the loads can do, one thing after the other."""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import uuid5

import numpy as np
from psycopg import Connection, sql

from schema.canonical import NAMESPACE
from schema.catalog.definition import definition, digest
from tests.scale.catalogs import Catalogs, Image
from tests.scale.scale import Scale
from tests.support.queue import call, claim, enlist, fail, give_back, settle, silence, wake


def work(connection: Connection[Any], run: int) -> Iterator[str]:
    """Do everything that the queue can do, a batch of it; give what was done, afterwards."""
    worker = enlist(connection)
    leases = list(claim(connection, worker, 50).items())
    assert len(leases) == 50
    yield "claim"
    executions = settle(connection, dict(leases[:40]))
    yield "settle_ok"
    _register(connection, executions)
    yield "register"
    dead, retried = leases[40], leases[41]
    fail(connection, *dead)
    fail(connection, *retried, retry=True)
    yield "settle_err"
    give_back(connection, dict(leases[42:45]))
    yield "give_back"
    connection.execute("select work.heartbeat(%s, '1 minute')", [[worker]])
    yield "heartbeat"
    assert call(connection, "resolve") > 0
    yield "resolve"
    silence(connection, worker)
    assert call(connection, "reap", "30 minutes") == 5
    yield "reap"
    assert call(connection, "retry", [dead[0]]) == 1
    yield "retry"
    wake(connection)
    while len(batch := claim(connection, worker, 50)) == 1:
        settle(connection, batch)
    give_back(connection, batch)
    yield "claim alone"
    assert call(connection, "pause", run) > 0
    yield "pause"
    assert call(connection, "weigh", run, 2.0) > 0
    assert call(connection, "weigh", run, 1.0) > 0
    yield "weigh"
    assert call(connection, "unpause", run) > 0
    yield "unpause"
    assert call(connection, "cancel", run) == call(connection, "resume", run) > 0
    yield "cancel and resume"


def _register(connection: Connection[Any], executions: Mapping[int, int]) -> None:
    """Register an output with a metric for each of some units, as if they had been computed just now."""
    ((kind, metric),) = connection.execute(
        "select (select min(name) from registry.dataset_type), (select min(name) from quality.metric)"
    ).fetchall()
    rows = []
    for unit, execution in executions.items():
        content = sha256(f"{unit}/{execution}".encode()).hexdigest()
        rows.append(
            {
                "unit": unit, "execution": execution, "name": "deed", "type": kind,
                "uid": str(uuid5(NAMESPACE, content)), "content": f"\\x{content}", "path": f"files/{content}",
                "file": f"\\x{content}", "n_bytes": 1, "metrics": {metric: 1.0},
            }
        )  # fmt: skip
    connection.execute("select registry.register(%s, %s, %s)", [list(executions), [None] * len(rows), json.dumps(rows)])


def ingest(connection: Connection[Any], scale: Scale, images: Sequence[Image]) -> Iterator[str]:
    """Load two files, merge the loads, retire what came of it."""
    catalogs = Catalogs(connection, scale)
    loads = [catalogs.load("forced_source", 1, [image], _rows) for image in images]
    yield "open, stage, verify, publish"
    ((merged,),) = connection.execute(
        "select ingest.open_merge(%s, %s)", [loads, digest(definition("forced_source"))]
    ).fetchall()
    datasets = [image.dataset for image in images]
    connection.execute(
        """with token as materialized (select nextval('work.fence') as token)
           select ingest.stage(%(load)s, token), ingest.note_files(%(load)s, token, %(datasets)s, %(notes)s::jsonb[])
           from token""",
        {"load": merged, "datasets": datasets, "notes": ["{}"] * len(datasets)},
    )
    yield "note_files"
    catalogs.publish(merged, "forced_source", images, _rows)
    for load in loads:
        connection.execute("select ingest.end_retire(%s)", [load])
    yield "merge"
    ((part,),) = connection.execute("select staged from ingest.begin_retire(%s)", [merged]).fetchall()
    detach = sql.SQL("alter table catalog.forced_source detach partition {}")
    connection.execute(detach.format(sql.Identifier("catalog_part", part)))
    connection.execute("select ingest.end_retire(%s), ingest.drop_leftovers()", [merged])
    yield "retire"


def _rows(images: Sequence[Image]) -> Mapping[str, Any]:
    return {"ra": np.zeros(len(images)), "dataset_id": [image.dataset for image in images]}
