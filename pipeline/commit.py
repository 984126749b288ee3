"""THE transaction: outputs, edges, members, metrics and completion together, or nothing."""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from pipeline.execute import Done, Failed
from schema.canonical import output_uid
from schema.faults import die_at
from schema.ledger.external import artifact_row
from schema.ledger.rows import insert
from schema.quality.measurement import measurement
from schema.registry.action import action
from schema.registry.artifact import artifact
from schema.registry.dataset import dataset
from schema.registry.member import member
from schema.registry.nondeterminism import nondeterminism
from schema.store import Store, Stored

# What was planned becomes what was read; inputs that never came to be are left out.
EDGES = """
insert into registry.quantum_input (quantum_id, role_id, ordinal, dataset_id)
select u.quantum_id, i.role_id, i.ordinal, d.dataset_id
from work.unit_input i join work.unit u using (unit_id) join registry.dataset d on d.uid = i.dataset_uid
where u.unit_id = any(%s)
order by 1, 2, 3
on conflict do nothing"""

COPIED_METRICS = """
insert into quality.measurement (metric_id, dataset_id, value)
select x.metric_id, d.dataset_id, x.value
from unnest(%s::bigint[], %s::bigint[]) as r (quantum_id, reuses)
join registry.dataset d on d.quantum_id = r.quantum_id
join registry.dataset o on o.quantum_id = r.reuses and o.output_name = d.output_name
join quality.measurement x on x.dataset_id = o.dataset_id
order by 1, 2
on conflict do nothing"""

REUSED = """
select d.quantum_id, d.output_name, d.content_digest, d.n_rows from registry.dataset d where d.quantum_id = any(%s)"""


StoredFiles = dict[tuple[int, str], Stored]  # by unit and output


def commit(connection: Connection[Any], done: Sequence[Done], stored: StoredFiles) -> None:
    """Register finished units.

    Parameters
    ----------
    stored
        Where the outputs were put.

    Raises
    ------
    psycopg.Error
        SQLSTATE P0L01 when a lease was lost: nothing of any of the units is registered.
    """
    with connection.transaction():
        executions = _settle(connection, done)  # first: it fences
        die_at("after_settle")
        _register_outputs(connection, done, executions, stored)
        connection.execute(EDGES, [[one.unit.unit_id for one in done]])
        _register_metrics(connection, done)
        rows = ({"action_key": one.unit.action_key, "quantum_id": one.unit.quantum_id} for one in done if one.outputs)
        insert(connection, action, rows, order=["action_key"], on_conflict="(action_key) do nothing")
        die_at("in_transaction")
    die_at("after_commit")


def record_failure(connection: Connection[Any], failed: Failed) -> str:
    """End an attempt that failed; give the unit's new state."""
    usage, unit = failed.usage, failed.unit
    die_at("before_failure")
    row = connection.execute(
        "select work.settle_err(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            unit.unit_id, unit.token, failed.error_class, _text(failed.error), _text(failed.traceback),
            _text(usage.log), usage.started, usage.ended, usage.cpu_s, usage.max_rss_mb, failed.retry,
        ],
    ).fetchone()  # fmt: skip
    return str(row[0]) if row else "unknown"


def _text(said: str) -> str:
    """Write what a text of PostgreSQL cannot hold as escapes: NUL, and bytes of file names that are no UTF-8."""
    return said.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()


def move_files(store: Store, one: Done) -> StoredFiles:
    """Put the staged outputs of a unit in their places; nobody knows of them before the transaction."""
    stored = {(one.unit.unit_id, name): store.publish(written.path) for name, written in one.outputs.items()}
    die_at("after_move")
    store.discard(str(one.unit.token))
    return stored


def _settle(connection: Connection[Any], done: Sequence[Done]) -> dict[int, int]:
    """Complete the units; give their execution ids."""
    columns = zip(*map(_account, done), strict=True)
    settled = "select unit_id, execution_id from work.settle_ok(%s, %s, %s, %s, %s, %s, %s, %s)"
    return dict(connection.execute(settled, [list(column) for column in columns]).fetchall())


def _account(one: Done) -> tuple[Any, ...]:
    """Give what `work.settle_ok` wants to know of a unit, in its order."""
    unit, usage = one.unit, one.usage
    cost = (usage.started, usage.ended, usage.cpu_s, usage.max_rss_mb, _text(usage.log))
    return (unit.unit_id, unit.token, one.reuses is not None, *cost)


def _register_outputs(
    connection: Connection[Any], done: Sequence[Done], executions: dict[int, int], stored: StoredFiles
) -> None:
    """Insert datasets, artifacts and members."""
    types = dict(connection.execute("select name, dataset_type_id from registry.dataset_type").fetchall())
    contents = _contents(connection, done)
    rows = [
        {
            "uid": output_uid(one.unit.provenance, name),
            "dataset_type_id": types[one.unit.task.outputs()[name].dataset_type],
            "coordinate_id": one.unit.coordinate_id,
            "quantum_id": one.unit.quantum_id,
            "output_name": name,
            "execution_id": executions[one.unit.unit_id],
            "content_digest": content,
            "n_rows": n_rows,
        }
        for one in done
        for name, (content, n_rows) in contents[one.unit.unit_id].items()
    ]
    insert(connection, dataset, rows, order=["quantum_id", "output_name"], on_conflict="do nothing")
    files = (
        artifact_row(one.outputs[name].content_digest, stored[one.unit.unit_id, name])
        for one in done
        for name in one.outputs
    )
    insert(connection, artifact, files, order=["path"], on_conflict="do nothing")
    known = {
        uid: (key, content)
        for uid, key, content in connection.execute(
            "select uid, dataset_id, content_digest from registry.dataset where uid = any(%s)",
            [[row["uid"] for row in rows]],
        )
    }
    _note_nondeterminism(connection, rows, known)
    _insert_members(connection, done, rows, known)


def _contents(connection: Connection[Any], done: Sequence[Done]) -> dict[int, dict[str, tuple[bytes, int | None]]]:
    """Give content and rows of every output, of this execution or of the one that is taken over."""
    taken: dict[int, dict[str, tuple[bytes, int | None]]] = {}
    for quantum, name, content, n_rows in connection.execute(
        REUSED, [[one.reuses for one in done if one.reuses is not None]]
    ):
        taken.setdefault(quantum, {})[name] = (content, n_rows)
    return {
        one.unit.unit_id: taken[one.reuses]
        if one.reuses is not None
        else {name: (written.content_digest, written.n_rows) for name, written in one.outputs.items()}
        for one in done
    }


def _note_nondeterminism(
    connection: Connection[Any], rows: list[dict[str, Any]], known: dict[Any, tuple[int, bytes]]
) -> None:
    """Keep the first content of a quantum, and say when another one came."""
    differing = (
        {
            "quantum_id": row["quantum_id"],
            "output_name": row["output_name"],
            "execution_id": row["execution_id"],
            "expected": known[row["uid"]][1],
            "got": row["content_digest"],
        }
        for row in rows
        if known[row["uid"]][1] != row["content_digest"]
    )
    insert(connection, nondeterminism, differing)


def _insert_members(
    connection: Connection[Any], done: Sequence[Done], rows: list[dict[str, Any]], known: dict[Any, tuple[int, bytes]]
) -> None:
    """Put the outputs into their runs' collections."""
    runs = {one.unit.quantum_id: one for one in done}
    insert(
        connection,
        member,
        (
            {
                "collection_id": runs[row["quantum_id"]].unit.run_id,
                "dataset_type_id": row["dataset_type_id"],
                "coordinate_id": row["coordinate_id"],
                "dataset_id": known[row["uid"]][0],
                "how": "computed" if runs[row["quantum_id"]].reuses is None else "reused",
            }
            for row in rows
        ),
        order=["collection_id", "dataset_type_id", "coordinate_id"],
        on_conflict="(collection_id, dataset_type_id, coordinate_id) where until = 'infinity' do nothing",
    )


def _register_metrics(connection: Connection[Any], done: Sequence[Done]) -> None:
    """Insert measurements; those of a result that is taken over are copied."""
    metrics = dict(connection.execute("select name, metric_id from quality.metric").fetchall())
    uids = {
        (one.unit.unit_id, name): output_uid(one.unit.provenance, one.unit.task.metrics()[name].of)
        for one in done
        for name in one.metrics
    }
    keys = dict(
        connection.execute(
            "select uid, dataset_id from registry.dataset where uid = any(%s)", [list(uids.values())]
        ).fetchall()
    )
    rows = (
        {
            "metric_id": metrics[f"{one.unit.task_name}.{name}"],
            "dataset_id": keys[uids[one.unit.unit_id, name]],
            "value": value,
        }
        for one in done
        for name, value in one.metrics.items()
    )
    insert(connection, measurement, rows, order=["metric_id", "dataset_id"], on_conflict="do nothing")
    reused = [one for one in done if one.reuses is not None]
    if reused:
        connection.execute(COPIED_METRICS, [[one.unit.quantum_id for one in reused], [one.reuses for one in reused]])
