"""Registration row by row: what a session of objects sends, one transaction a unit."""

from typing import Any
from uuid import UUID

from psycopg import Connection

from pipeline.commit import StoredFiles
from pipeline.execute import Done
from pipeline.units import Unit
from schema.canonical import output_uid


def commit_rows(connection: Connection[Any], one: Done, stored: StoredFiles, keys: dict[str, int]) -> None:
    """Write the rows that `pipeline.commit.commit` writes for a unit, each by its own statement.

    Parameters
    ----------
    keys
        Keys of dataset types, metrics and roles by name; looking them up costs this peer nothing.
    """
    with connection.transaction():
        execution = _complete(connection, one)
        for name in one.outputs:
            dataset = _register(connection, one, name, execution, stored, keys)
            for metric, value in one.metrics.items():
                connection.execute(
                    "insert into quality.measurement (metric_id, dataset_id, value) values (%s, %s, %s)",
                    [keys[f"{one.unit.task_name}.{metric}"], dataset, value],
                )
        for source in one.unit.inputs:
            connection.execute(
                "insert into registry.quantum_input (quantum_id, role_id, ordinal, dataset_id) values (%s, %s, %s, %s)",
                [one.unit.quantum_id, keys[source.role], source.ordinal, source.dataset_id],
            )
        connection.execute(
            "insert into registry.action (action_key, quantum_id) values (%s, %s)",
            [one.unit.action_key, one.unit.quantum_id],
        )


def read_keys(connection: Connection[Any]) -> dict[str, int]:
    """Read the keys of what has a name."""
    rows = connection.execute(
        """select name, dataset_type_id from registry.dataset_type union all
           select name, metric_id from quality.metric union all select name, role_id from registry.role"""
    )
    return dict(rows.fetchall())


def _complete(connection: Connection[Any], one: Done) -> int:
    """End the lease; give the execution."""
    unit, usage = one.unit, one.usage
    leased = _key(
        connection,
        "update work.batch set units = array_remove(units, %s) where token = %s returning worker_id",
        [unit.unit_id, unit.token],
    )
    attempt = _key(
        connection,
        "update work.unit set state = 'done', attempt = attempt + 1 where unit_id = %s returning attempt",
        [unit.unit_id],
    )
    return _key(
        connection,
        """insert into work.execution
             (unit_id, attempt, token, worker_id, started_at, ended_at, outcome, cpu_s, max_rss_mb, log)
           values (%s, %s, %s, %s, %s, %s, 'ok', %s, %s, %s) returning execution_id""",
        [
            unit.unit_id,
            attempt,
            unit.token,
            leased,
            usage.started,
            usage.ended,
            usage.cpu_s,
            usage.max_rss_mb,
            usage.log,
        ],
    )


def _register(
    connection: Connection[Any], one: Done, name: str, execution: int, stored: StoredFiles, keys: dict[str, int]
) -> int:
    """Insert dataset, artifact and member of an output; give the dataset."""
    unit, written, file = one.unit, one.outputs[name], stored[one.unit.unit_id, name]
    kind = keys[unit.task.outputs()[name].dataset_type]
    dataset = _key(
        connection,
        """insert into registry.dataset (uid, dataset_type_id, coordinate_id, quantum_id, output_name, execution_id,
                                         content_digest, n_rows)
           values (%s, %s, %s, %s, %s, %s, %s, %s) returning dataset_id""",
        [
            _uid(unit, name), kind, unit.coordinate_id, unit.quantum_id, name, execution,
            written.content_digest, written.n_rows,
        ],
    )  # fmt: skip
    connection.execute(
        "insert into registry.artifact (content_digest, path, file_digest, n_bytes) values (%s, %s, %s, %s)",
        [written.content_digest, file.path, file.file_digest, file.n_bytes],
    )
    connection.execute(
        """insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how)
           values (%s, %s, %s, %s, 'computed')""",
        [unit.run_id, kind, unit.coordinate_id, dataset],
    )
    return dataset


def _uid(unit: Unit, name: str) -> UUID:
    return output_uid(unit.provenance, name)


def _key(connection: Connection[Any], statement: str, values: list[Any]) -> int:
    """Execute a statement that returns one number."""
    row = connection.execute(statement.encode(), values).fetchone()
    assert row
    return int(row[0])
