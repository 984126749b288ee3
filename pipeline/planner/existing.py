"""What earlier runs have made of the quanta of a plan already."""

from typing import Any

from psycopg import Connection

from pipeline.planner.draft import Draft
from pipeline.planner.search import Search

EXISTING = """
select q.provenance_hash, d.output_name, d.dataset_id
from registry.quantum q
join registry.dataset d on d.quantum_id = q.quantum_id
where q.provenance_hash = any(%b) and exists (
  select from registry.artifact a where a.content_digest = d.content_digest and a.state = 'present')"""

# NoWork is a result, too: the unit is done and has made nothing
IDLE = """
select q.provenance_hash from registry.quantum q
where q.provenance_hash = any(%b)
  and exists (select from work.unit u where u.quantum_id = q.quantum_id and u.state = 'done')
  and not exists (select from registry.dataset d where d.quantum_id = q.quantum_id)"""

CONDEMNED = """
select t.name, v.code_digest, c.digest
from registry.mark m
left join registry.task_version v using (task_version_id)
left join registry.task t using (task_id)
left join registry.config c using (config_id)
where m.verdict = 'bad' and m.revoked_at is null and m.dataset_id is null"""


def note_existing(search: Search, draft: Draft) -> None:
    """Note in each quantum which of its outputs some earlier run has made, or that there is nothing to make.

    A quantum with a bad output, code or configuration is left out: the same recipe would give the same again.
    """
    by_hash = {quantum.provenance: quantum for quantum in draft.quanta}
    bad: set[bytes] = set()
    for provenance, output, dataset in search.connection.execute(EXISTING, [list(by_hash)]).fetchall():
        by_hash[provenance].existing[output] = dataset
        if dataset in search.taint:
            bad.add(provenance)
    for (provenance,) in search.connection.execute(IDLE, [list(by_hash)]):
        by_hash[provenance].idle = True
    bad |= _condemned(search, draft)
    if not bad:
        return
    said = f"{len(bad)} results of {draft.task.name} are marked bad: change code, config or inputs, or revoke the mark"
    search.refused.append(said)
    draft.bad |= {by_hash[provenance].place.coordinate_id: said for provenance in bad}
    draft.quanta = [quantum for quantum in draft.quanta if quantum.provenance not in bad]


def _condemned(search: Search, draft: Draft) -> set[bytes]:
    """Give the quanta whose code or configuration is marked bad."""
    marked = search.connection.execute(CONDEMNED).fetchall()
    codes, configs = {(task, code) for task, code, _ in marked}, {config for _, _, config in marked}
    return {
        one.provenance
        for one in draft.quanta
        if (draft.task.name, one.step.code) in codes or one.step.config_digest in configs
    }


def next_salt(connection: Connection[Any]) -> int:
    """Give a salt that no quantum has: with it everything is new."""
    row = connection.execute("select coalesce(max(salt), 0) + 1 from registry.quantum where salt > 0").fetchone()
    return int(row[0]) if row else 1
