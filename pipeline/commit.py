"""THE transaction: outputs, edges, members, metrics and completion together, or nothing."""

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import Connection

from pipeline.determinism import note_differences
from pipeline.execute import Done, Failed
from schema.canonical import output_uid
from schema.faults import die_at
from schema.store import Store, Stored

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
        _register(connection, done, executions, stored)
        note_differences(connection, done)
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
    """Put the staged outputs of a unit in their places; nobody knows of them before the transaction.

    Where a file holds the same content already, it is kept: the new one would only tell of another provenance.
    """
    stored = {
        (one.unit.unit_id, name): written.stored or store.publish(written.path) for name, written in one.outputs.items()
    }
    die_at("after_move")
    store.discard(one.unit.staging)
    return stored


def _settle(connection: Connection[Any], done: Sequence[Done]) -> dict[int, int]:
    """Complete the units, all of one batch; give their execution ids."""
    columns = zip(*map(_account, done), strict=True)
    # Binary: as texts the arrays take the client four times as long, and the server has to read them.
    settled = "select unit_id, execution_id from work.settle_ok(%s, %b, %b, %b, %b, %b, %b, %b)"
    given = [done[0].unit.token, *(list(column) for column in columns)]
    return dict(connection.execute(settled, given).fetchall())


def _account(one: Done) -> tuple[Any, ...]:
    """Give what `work.settle_ok` wants to know of a unit, in its order."""
    unit, usage = one.unit, one.usage
    cost = (usage.started, usage.ended, usage.cpu_s, usage.max_rss_mb, _text(usage.log))
    return (unit.unit_id, one.reuses is not None, *cost)


def _register(
    connection: Connection[Any], done: Sequence[Done], executions: dict[int, int], stored: StoredFiles
) -> None:
    """Insert all rows of the units; those of a result that is taken over the database copies."""
    rows: list[dict[str, Any]] = []
    for one in done:
        known = {"unit": one.unit.unit_id, "execution": executions[one.unit.unit_id]}
        found = _outputs(one, stored) if one.reuses is None else _taken_over(one)
        rows += (known | row for row in found)
    units = [one.unit.unit_id for one in done]
    actions = [one.unit.action_key if one.outputs else None for one in done]
    connection.execute("select registry.register(%s, %s, %s)", [units, actions, json.dumps(rows)])


def _outputs(one: Done, stored: StoredFiles) -> Iterator[dict[str, Any]]:
    """Give what `registry.register` wants to know of each output, with the metrics that describe it."""
    task, unit = one.unit.task, one.unit
    declared, outputs = task.metrics(), task.outputs()
    metrics: dict[str, dict[str, float | str]] = {name: {} for name in one.outputs}
    for name, value in one.metrics.items():
        # JSON has no NaN and no infinity; PostgreSQL reads them from text.
        metrics[declared[name].of][f"{unit.task_name}.{name}"] = value if math.isfinite(value) else str(value)
    for name, written in one.outputs.items():
        file = stored[unit.unit_id, name]
        yield {
            "name": name,
            "type": outputs[name].dataset_type,
            "uid": str(output_uid(unit.provenance, name)),
            "content": f"\\x{written.content_digest.hex()}",
            "n_rows": written.n_rows,
            "path": file.path,
            "file": f"\\x{file.file_digest.hex()}",
            "n_bytes": file.n_bytes,
            "metrics": metrics[name],
        }


def _taken_over(one: Done) -> Iterator[dict[str, Any]]:
    """Give what `registry.register` wants to know of outputs that another quantum may have made."""
    for name, output in one.unit.task.outputs().items():
        uid = str(output_uid(one.unit.provenance, name))
        yield {"name": name, "type": output.dataset_type, "uid": uid, "reuses": one.reuses}
