"""Quanta and the code that they run."""

from collections.abc import Iterable, Mapping
from typing import Any

from psycopg import Connection

from schema.ledger.rows import ensure, insert
from schema.ledger.software import git_state
from schema.registry.quantum import quantum
from schema.registry.task import task


def ensure_quanta(connection: Connection[Any], rows: Iterable[Mapping[str, Any]]) -> dict[bytes, int]:
    """Register quanta; give their keys by provenance hash."""
    listed = list(rows)
    insert(connection, quantum, listed, order=["provenance_hash"], on_conflict="(provenance_hash) do nothing")
    found = connection.execute(
        "select provenance_hash, quantum_id from registry.quantum where provenance_hash = any(%s)",
        [[row["provenance_hash"] for row in listed]],
    )
    return dict(found.fetchall())


def ensure_task_versions(connection: Connection[Any], codes: Mapping[str, bytes]) -> dict[str, int]:
    """Register the code of tasks, name to code digest; give their versions by name."""
    tasks = ensure(connection, task, "name", ({"name": name} for name in codes))
    commit, dirty = git_state()
    names, ids = list(codes), [tasks[name] for name in codes]
    digests = list(codes.values())
    connection.execute(
        """insert into registry.task_version (task_id, code_digest, git_commit, git_dirty)
           select task_id, code_digest, %s, %s
           from unnest(%s::int[], %s::bytea[]) as x (task_id, code_digest) order by 1, 2
           on conflict (task_id, code_digest) do nothing""",
        [commit, dirty, ids, digests],
    )
    found = connection.execute(
        """select x.name, v.task_version_id
           from unnest(%s::text[], %s::int[], %s::bytea[]) as x (name, task_id, code_digest)
           join registry.task_version v using (task_id, code_digest)""",
        [names, ids, digests],
    )
    return dict(found.fetchall())
