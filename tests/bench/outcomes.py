"""Outcomes of a whole run at once: what workers leave of units that nobody computed."""

from hashlib import sha256
from typing import Any

from psycopg import Connection

from pipeline.planner.graph import Plan

# What a worker's transaction and the resolver write, for all units of a run together. Nobody checks the keys again:
# they come from the tables that they point at.
ENDED = """
insert into work.execution (unit_id, attempt, token, worker_id, started_at, ended_at, outcome, cpu_s, max_rss_mb, log)
select unit_id, 1, nextval('work.fence'), %(worker)s, now(), now(), 'ok', 0.5, 64.0, ''
from work.unit where run_id = %(run)s"""
DATASETS = """
insert into registry.dataset (
  uid, dataset_type_id, coordinate_id, quantum_id, output_name, execution_id, content_digest, n_rows)
select x.uid, y.dataset_type_id, q.coordinate_id, q.quantum_id, x.output, e.execution_id, x.content, 1
from unnest(%(uids)s::uuid[], %(hashes)s::bytea[], %(outputs)s::text[], %(types)s::text[], %(contents)s::bytea[])
       as x (uid, hash, output, type, content)
join registry.quantum q on q.provenance_hash = x.hash
join registry.dataset_type y on y.name = x.type
join work.unit u on u.run_id = %(run)s and u.quantum_id = q.quantum_id
join work.execution e on e.unit_id = u.unit_id
order by q.quantum_id"""
REST = """
insert into registry.artifact (content_digest, path, file_digest, n_bytes)
select d.content_digest, 'files/' || encode(d.content_digest, 'hex'), d.content_digest, 1000
from registry.dataset d join work.unit u using (quantum_id) where u.run_id = {run};
insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how)
select u.run_id, d.dataset_type_id, d.coordinate_id, d.dataset_id, 'computed'
from registry.dataset d join work.unit u using (quantum_id) where u.run_id = {run};
insert into quality.measurement (metric_id, dataset_id, value)
select m.metric_id, d.dataset_id, 0.5
from registry.dataset d join work.unit u using (quantum_id) join registry.quantum q using (quantum_id)
join registry.task_version v using (task_version_id) join registry.task t using (task_id)
join quality.metric m on starts_with(m.name, t.name || '.') where u.run_id = {run};
insert into registry.quantum_input (quantum_id, role_id, ordinal, dataset_id)
select u.quantum_id, i.role_id, i.ordinal, d.dataset_id
from work.unit u join work.unit_input i using (unit_id) join registry.dataset d on d.uid = i.dataset_uid
where u.run_id = {run};
delete from work.ready r using work.unit u where u.unit_id = r.unit_id and u.run_id = {run};
update work.unit set state = 'done', unmet = 0, attempt = 1 where run_id = {run};
analyze"""


def end_run(admin: Connection[Any], worker: int, plan: Plan, run: int) -> None:
    """Register results for everything that a run has planned, as if workers had made them."""
    made = [
        (found.uid, quantum.provenance, name, output.dataset_type, sha256(quantum.provenance + name.encode()).digest())
        for quantum in plan.to_run
        for name, output in quantum.task.outputs().items()
        for found in [quantum.output(name)]
    ]
    columns = zip(("uids", "hashes", "outputs", "types", "contents"), map(list, zip(*made, strict=True)), strict=True)
    with admin.transaction():
        admin.execute("set local session_replication_role = replica")
        admin.execute(ENDED, {"run": run, "worker": worker})
        admin.execute("analyze work.unit, work.execution, registry.quantum")
        admin.execute(DATASETS, {"run": run, **dict(columns)})
        for statement in REST.format(run=run).split(";\n"):
            admin.execute(statement.encode())
