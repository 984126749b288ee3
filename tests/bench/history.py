"""History: finished units that a ledger has from earlier runs."""

from typing import Any

from psycopg import Connection, sql

from schema.ledger.collections import make_run
from tests.support.queue import RECIPE

# The rows are what a planner and workers leave. Nobody checks the keys again: a million takes minutes otherwise.
HISTORY = """
set session_replication_role = replica;
insert into registry.quantum (provenance_hash, task_version_id, config_id, coordinate_id)
select sha256(convert_to('history/' || g, 'UTF8')), v.task_version_id, c.config_id, o.coordinate_id
from generate_series(1, {n}) g, registry.task_version v, registry.config c, registry.coordinate o
where v.code_digest = sha256('toy') and c.digest = sha256('toy') and o.digest = sha256('{{}}');
insert into work.unit (run_id, quantum_id, attempt, vtime, state)
select {run}, quantum_id, 1, 1000.0 * quantum_id, 'done' from registry.quantum;
insert into work.execution (unit_id, attempt, token, worker_id, started_at, ended_at, outcome, cpu_s, max_rss_mb, log)
select unit_id, 1, nextval('work.fence'), {worker}, now(), now(), 'ok', 0.5, 64.0, '' from work.unit;
reset session_replication_role"""


def add_history(admin: Connection[Any], worker: int, n: int) -> None:
    """Fill a ledger with n finished units of one earlier run."""
    admin.execute(RECIPE)
    run = make_run(admin, "history", "toys", bytes(32), "What was done before.")
    admin.execute("insert into work.share (run_id) values (%s)", [run])
    admin.execute(sql.SQL(HISTORY).format(n=n, run=run, worker=worker))
    admin.execute("vacuum analyze")
    # What a server wrote long ago is on the disk; else whoever needs a buffer first writes a page of the history.
    admin.execute("checkpoint")
