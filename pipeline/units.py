"""Claimed units: what they are and what they read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from pipeline.task import Task, TaskConfig
from pipeline.tasks import task
from schema.canonical import provenance_hash

# What is claimed is read by a statement of its own: a unit may have been submitted after the
# snapshot that the claim began with.
CLAIM = """
select array_agg(unit_id), min(token) from work.claim(%s, %s::smallint, %s, %s)"""

CLAIMED = """
select u.unit_id, %(token)s::bigint, u.quantum_id, u.run_id, t.name, v.code_digest, g.body, g.digest, o.digest,
       q.coordinate_id, q.provenance_hash, q.salt, u.time_limit_s,
       (select k.memory_mb from work.queue k where k.queue = %(queue)s::smallint), n.compatibility_class
from unnest(%(units)s::bigint[]) with ordinality c (unit_id, place)
join work.unit u using (unit_id)
join registry.quantum q on q.quantum_id = u.quantum_id
join registry.task_version v using (task_version_id)
join registry.task t using (task_id)
join registry.config g using (config_id)
join registry.coordinate o using (coordinate_id)
join registry.run n on n.run_id = u.run_id
order by c.place"""

INPUTS = """
select i.unit_id, r.name, i.ordinal, d.dataset_id, y.storage_class, d.content_digest, a.path,
       coalesce(o.part, ''), coalesce(o.file_name, ''), coalesce(o.correction, '[]')
from work.unit_input i
join registry.role r using (role_id)
join registry.dataset d on d.uid = i.dataset_uid
join registry.dataset_type y using (dataset_type_id)
left join registry.origin o on o.dataset_id = d.dataset_id
left join lateral (
  select a.path from registry.artifact a
  where a.content_digest = d.content_digest and a.state = 'present' order by a.artifact_id limit 1) a on true
where i.unit_id = any(%s)
order by 1, 2, 3"""


@dataclass(frozen=True)
class Source:
    """A dataset that a unit reads."""

    role: str
    ordinal: int
    dataset_id: int
    storage: str
    content_digest: bytes
    path: str | None  # None when no file of it is left
    part: str
    file_name: str
    correction: list[dict[str, Any]]  # what a header correction changed, as in registry.origin


@dataclass(frozen=True)
class Unit:
    """A unit that this worker holds a lease on."""

    unit_id: int
    token: int
    quantum_id: int
    run_id: int
    task_name: str
    code_digest: bytes
    body: dict[str, Any]
    config_digest: bytes
    coordinate_digest: bytes
    coordinate_id: int
    provenance: bytes
    salt: int
    time_limit_s: int
    memory_mb: int
    compatibility: str  # class of environments that it was planned for
    inputs: tuple[Source, ...]

    @property
    def task(self) -> type[Task]:
        """Class of the task, as this process has it."""
        return task(self.task_name)

    @property
    def config(self) -> TaskConfig:
        """Parameters of the task."""
        return self.task.Config.model_validate(self.body)

    @property
    def staging(self) -> str:
        """Name of its folder in staging: other units of the batch have the same token."""
        return f"{self.token}-{self.unit_id}"

    @property
    def action_key(self) -> bytes:
        """The recipe on the content of the inputs: equal for equal work, whatever its history."""
        return self.action_key_of(self.salt)

    def action_key_of(self, salt: int) -> bytes:
        """Give what the action key would be with another salt."""
        keys = [(found.role, found.ordinal, found.content_digest.hex()) for found in self.inputs]
        return provenance_hash(
            self.task_name,
            self.code_digest,
            self.config_digest,
            self.compatibility,
            self.coordinate_digest,
            keys,
            salt,
        )


def claim(connection: Connection[Any], worker: int, n: int, ttl: str, queue: int = 0) -> list[Unit]:
    """Claim up to n units and read what they are and need, in two round trips."""
    units, token = connection.execute(CLAIM, [worker, queue, n, ttl]).fetchone() or (None, None)
    if units is None:
        return []
    with connection.pipeline():
        rows = connection.execute(CLAIMED, {"units": units, "token": token, "queue": queue})
        inputs = read_inputs(connection, units)
    return [Unit(*(*row, tuple(inputs.get(row[0], ())))) for row in rows]


def return_leases(connection: Connection[Any], worker: int, but: int = 0) -> None:
    """Give back, without an attempt, what a worker holds: all of it, or all but one unit.

    Outside a transaction: a batch at a time, because who held one and asked for the next could wait in a circle with a
    retry, which locks units between them.
    """
    held = connection.execute("select token from work.batch where worker_id = %s order by token", [worker]).fetchall()
    for (token,) in held:
        connection.execute(
            "select work.give_back(token, array_remove(units, %s)) from work.batch where token = %s", [but, token]
        )


def read_inputs(connection: Connection[Any], units: Sequence[int]) -> dict[int, list[Source]]:
    """Read the inputs of units that exist by now; planned inputs of failed units do not."""
    found: dict[int, list[Source]] = {}
    for unit_id, *rest in connection.execute(INPUTS, [list(units)]):
        found.setdefault(unit_id, []).append(Source(*rest))
    return found
