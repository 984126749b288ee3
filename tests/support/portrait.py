"""What a ledger and its store hold, in words that do not depend on who made it when."""

import os
from pathlib import Path
from typing import Any

from psycopg import Connection, sql

from schema.catalog.definition import LOAD, definition, names
from schema.doctor_deep import deep_findings
from schema.settings import Settings

# The costs of an execution and surrogate keys differ from one history to the next; nothing else may.
ASKED = {
    "members": """
select c.name, d.uid, d.content_digest, d.n_rows, m.how from registry.member m
join registry.dataset d using (dataset_id) join registry.collection c on c.collection_id = m.collection_id
order by 1, 2""",
    "datasets": """
select d.uid, d.content_digest, d.n_rows, q.provenance_hash, d.execution_id is null from registry.dataset d
left join registry.quantum q using (quantum_id) order by 1""",
    "edges": """
select q.provenance_hash, r.name, i.ordinal, d.uid from registry.quantum_input i
join registry.quantum q using (quantum_id) join registry.role r using (role_id)
join registry.dataset d on d.dataset_id = i.dataset_id order by 1, 2, 3""",
    "actions": """
select a.action_key, q.provenance_hash from registry.action a join registry.quantum q using (quantum_id) order by 1""",
    "metrics": """
select k.name, d.uid, m.value from quality.measurement m join quality.metric k using (metric_id)
join registry.dataset d using (dataset_id) where k.name !~ '[.](wall|cpu|memory)$' order by 1, 2""",
    "artifacts": "select content_digest, path, file_digest, n_bytes, state from registry.artifact order by 2",
    "nondeterminism": "select * from registry.nondeterminism",
    "units": """
select c.name, q.provenance_hash, u.state, u.unmet,
       (select count(*) from work.execution e where e.unit_id = u.unit_id and e.outcome in ('ok', 'reused'))
from work.unit u join registry.quantum q using (quantum_id) join registry.collection c on c.collection_id = u.run_id
order by 1, 2""",
    "queue": """
select (select count(*) from work.ready), (select count(*) from work.lease), (select count(*) from work.settled)""",
    "loads": """
select l.target, l.state, l.n_rows, l.footprint::text, array_agg(d.uid order by d.uid) from ingest.load l
join ingest.load_file f using (load_id) join registry.dataset d using (dataset_id) where f.live
group by l.load_id order by 1, 5""",
    "partitions": """
select count(*), count(*) filter (where exists (select from pg_inherits i where i.inhrelid = c.oid)) from pg_class c
where c.relnamespace = 'catalog_part'::regnamespace and c.relkind = 'r'""",
}

ROWS = """
select d.uid, count(*), sha256(convert_to(string_agg(x.body::text, ';' order by x.body::text), 'UTF8'))
from (select dataset_id, to_jsonb(t) - 'load_id' - 'dataset_id' as body from catalog.{} t) x
join registry.dataset d using (dataset_id) group by 1 order by 1"""


def portrait(owner: Connection[Any], store: Path) -> dict[str, Any]:
    """Give everything that must not depend on who was killed on the way."""
    found: dict[str, Any] = {name: owner.execute(question).fetchall() for name, question in ASKED.items()}
    for table in (name for name in names() if LOAD in definition(name).ledger):
        found[table] = owner.execute(sql.SQL(ROWS).format(sql.Identifier(table))).fetchall()
    found["files"] = sorted(path.relative_to(store).as_posix() for path in store.glob("files/*/*"))
    found["staging"] = sorted(path.name for path in store.glob("staging/*"))
    return found


def age(store: Path) -> None:
    """Let everything in the store be old."""
    for path in (*store.glob("files/*/*"), *store.glob("staging/*")):
        os.utime(path, (0, 0))


def ailments(using: Settings) -> list[tuple[str, str]]:
    """Give what `doctor --deep` would complain of in a year, when nothing in the store is young any more."""
    age(using.store_root)
    return [(name, found) for name, well, found in deep_findings(using, lambda _: lambda: None) if not well]
