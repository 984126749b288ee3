"""What rows of a transfer refer to: a row without its parent would vanish in a join, so it is refused."""

from ingest.transfer.linked import linked

# Column of a row to the table and column that it names.
PARENTS = {
    "provenance_hash": "registry.quantum.provenance_hash",
    "needs": "registry.quantum.provenance_hash",
    "uid": "registry.dataset.uid",
    "coordinate": "registry.coordinate.digest",
    "config": "registry.config.digest",
    "software": "registry.software.digest",
    "role": "registry.role.name",
    "task": "registry.task.name",
    "metric": "quality.metric.name",
    "dataset_type": "registry.dataset_type.name",
    "collection": "registry.collection.name",
}
# Its own identity, or a dataset that may never have come to be.
NO_PARENTS = {("quantum", "provenance_hash"), ("dataset", "uid"), ("unit_input", "uid")}
OPTIONAL = {("dataset", "provenance_hash"), ("mark", "uid"), ("mark", "task"), ("mark", "config")}

CODE = """(select from registry.task_version v join registry.task t using (task_id)
           where (t.name, v.code_digest) = (x.task, x.code_digest))"""
# One look into an index after the other: joined, they could begin with all units of the run.
QUANTUM = "(select q.quantum_id from registry.quantum q where q.provenance_hash = x.{})"
UNIT = f"(select u.unit_id from work.unit u where u.run_id = %(run)s and u.quantum_id = {QUANTUM})"  # noqa: S608
ATTEMPT = f"""(select from work.execution e where e.unit_id = {UNIT.format("provenance_hash")}
              and (e.attempt, e.token, e.started_at) = (x.attempt, x.token, x.started_at))"""
WORKER = """(select from work.worker w
             where (w.host, w.pid, w.started_at) = (x.host, x.pid, x.worker_started_at))"""
# What several columns name together: sentence, condition under which a row has no such parent.
TOGETHER = {
    "quantum": [("version of its task", f"not exists {CODE}")],
    "mark": [("version of its task", f"x.task is not null and not exists {CODE}")],
    "execution": [
        ("unit", f"not exists {UNIT.format('provenance_hash')}"),
        ("worker", f"not exists {WORKER}"),
    ],
    "dataset": [("execution", f"x.attempt is not null and not exists {ATTEMPT}")],
    "unit_input": [("unit", f"not exists {UNIT.format('provenance_hash')}")],
    "dependency": [
        ("unit that waits", f"not exists {UNIT.format('provenance_hash')}"),
        ("unit that it waits for", f"not exists {UNIT.format('needs')}"),
    ],
    "nondeterminism": [("execution", f"not exists {ATTEMPT}")],
}


def orphans(name: str) -> str:
    """Give the SELECT of what a row of `x` lacks, and of the row, for the first that lacks something; '' for none."""
    parts = []
    for column in (said.split()[0] for said in linked(name).columns.split(",")):
        if column in PARENTS and (name, column) not in NO_PARENTS:
            table, key = PARENTS[column].rsplit(".", 1)
            given = f"x.{column} is not null and " if (name, column) in OPTIONAL else ""
            parts.append((column, f"{given}not exists (select from {table} p where p.{key} = x.{column})"))
    selects = [
        f"(select '{what}', to_json(x)::text from x where {lacks} limit 1)"  # noqa: S608  # of ours
        for what, lacks in (*parts, *TOGETHER.get(name, []))
    ]
    return " union all ".join(selects)
