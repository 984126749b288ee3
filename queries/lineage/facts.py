"""What the ledger says of a dataset, as sentences: who made it, of what, who holds it, what is said of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from psycopg import Connection

from schema.dimensions import spoken
from schema.output import duration

MOST_INPUTS = 8  # that are named one by one

FACTS = """
select d.*, e.run, e.unit_id, e.attempt, e.host, e.outcome, e.cpu_s, e.ended_at
from (select * from dataset where dataset_id = %s) d
left join lateral (select * from execution where execution_id = d.execution_id offset 0) e on true"""

HOLDERS = """
select c.collection, t.how from tenure t join collection c using (collection_id)
where t.dataset_id = %s and t.until = 'infinity' group by 1, 2 order by min(t.since), 1"""

INPUTS = """
select l.role, l.ordinal, l.input_dataset_id, d.dataset_type
from lineage l cross join lateral (select dataset_type from dataset where dataset_id = l.input_dataset_id offset 0) d
where l.dataset_id = %s order by 1, 2"""

# The marks that hold for it or for something that it was made from, the nearest first.
MARKS = """
select w.depth, m.verdict, d.dataset_type, d.dataset_id, m.reason,
       case when m.dataset_id is not null then 'it' when m.task is not null then 'the code of ' || m.task
            else 'the configuration of ' || d.task end
from registry.upstream(array[%s]::bigint[]) w
cross join lateral (select * from dataset where dataset_id = w.dataset_id offset 0) d
join mark m on m.dataset_id = d.dataset_id or m.task = d.task and m.code_digest = d.code_digest
            or m.config_digest = d.config_digest
where m.revoked_at is null order by 1, m.created_at, m.mark_id"""

UNSTABLE = "select count(*) from nondeterminism where %s = any(dataset_id || original_ids)"
REPRODUCED = "select verdict, count(*) from reproduction where dataset_id = %s group by 1 order by 1"


def read_facts(connection: Connection[Any], dataset: int) -> dict[str, Any]:
    """Give what the view `dataset` says of a dataset that is there, with the execution that made it."""
    cursor = connection.execute(FACTS, [dataset])
    names = [column.name for column in cursor.description or ()]
    return dict(zip(names, cursor.fetchall()[0], strict=True))


def sentences(connection: Connection[Any], dataset: int) -> Iterator[str]:
    """Say why a dataset is there, and whether one may trust it."""
    facts = read_facts(connection, dataset)
    yield f"{facts['dataset_type']} {dataset} ({data_id(facts)}), uid {facts['uid']}"
    yield _made(facts)
    yield from _holders(connection, dataset)
    yield from _inputs(connection, dataset)
    yield from _marks(connection, dataset)
    if (times := connection.execute(UNSTABLE, [dataset]).fetchall()[0][0]) > 0:
        yield f"not deterministic: its recipe gave something else {times} times, see `skyledger query nondeterminism`"
    if found := connection.execute(REPRODUCED, [dataset]).fetchall():
        yield f"made again from its record: {', '.join(f'{n} times {verdict}' for verdict, n in found)}"


def data_id(facts: Mapping[str, Any]) -> str:
    """Give a data ID as it is written on the command line."""
    return " ".join(f"{name}={value}" for name, value in spoken(facts).items()) or "without a data ID"


def _made(facts: Mapping[str, Any]) -> str:
    """Say where it came from."""
    if facts["task"] is None:
        return f"came from outside as {facts['file_name']}, {facts['created_at']:%Y-%m-%d %H:%M} UTC"
    if facts["unit_id"] is None:
        return f"made by {facts['task']}, {facts['created_at']:%Y-%m-%d %H:%M} UTC"
    if facts["outcome"] == "reused":
        return f"taken over in run {facts['run']}: {facts['task']} had given this from equal content before"
    cost = duration(facts["cpu_s"])
    return (
        f"computed by {facts['task']} in run {facts['run']}: unit {facts['unit_id']}, attempt {facts['attempt']} on "
        f"{facts['host']}, {cost} of CPU time, {facts['ended_at']:%Y-%m-%d %H:%M} UTC"
    )


def _holders(connection: Connection[Any], dataset: int) -> Iterator[str]:
    """Say which collections hold it now, and how it came there."""
    held = [f"{name} ({how})" for name, how in connection.execute(HOLDERS, [dataset])]
    yield f"held by {', '.join(held)}" if held else "held by no collection: another dataset took its place, or it left"


def _inputs(connection: Connection[Any], dataset: int) -> Iterator[str]:
    rows = connection.execute(INPUTS, [dataset]).fetchall()
    if not rows:
        return
    named = [f"{role}: {dataset_type} {key}" for role, _, key, dataset_type in rows[:MOST_INPUTS]]
    more = [f"{len(rows) - MOST_INPUTS} more"] if len(rows) > MOST_INPUTS else []
    yield f"made from {', '.join(named + more)}"


def _marks(connection: Connection[Any], dataset: int) -> Iterator[str]:
    """Say what taints it."""
    rows = connection.execute(MARKS, [dataset]).fetchall()
    for steps, verdict, dataset_type, key, reason, what in rows:
        if steps == 0:
            yield f"{verdict}: {what} is marked so: {reason}"
        else:
            marked = f"{dataset_type} {key}" if what == "it" else f"{what}, which made {dataset_type} {key},"
            yield f"tainted: made from {dataset_type} {key}, {steps} back; {marked} is marked {verdict}: {reason}"
    if not rows:
        yield "no mark holds for it or for anything that it was made from"
