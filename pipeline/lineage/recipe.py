"""Recipes: what the ledger says of how a dataset was made."""

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from pipeline.code import code_digest
from pipeline.errors import UnknownTask
from pipeline.task import LedgerTask
from pipeline.tasks import task
from pipeline.units import Source, Unit
from schema.errors import SkyledgerError
from schema.settings import settings

RECIPE = """
select d.output_name, d.content_digest, y.name, y.storage_class, a.path, q.quantum_id, t.name, v.code_digest,
       v.git_commit, g.body, g.digest, o.digest, q.coordinate_id, q.provenance_hash, q.salt,
       coalesce(s.compatibility_class, %(compatibility)s)
from registry.dataset d
join registry.dataset_type y using (dataset_type_id)
join registry.coordinate o using (coordinate_id)
left join registry.quantum q using (quantum_id)
left join registry.task_version v using (task_version_id)
left join registry.task t using (task_id)
left join registry.config g using (config_id)
left join work.execution e using (execution_id)
left join work.worker w using (worker_id)
left join registry.software s using (software_id)
left join lateral (
  select f.path from registry.artifact f
  where f.content_digest = d.content_digest and f.state = 'present' order by f.artifact_id limit 1) a on true
where d.dataset_id = %(dataset)s"""

INPUTS = """
select r.name, i.ordinal, d.dataset_id, y.storage_class, d.content_digest, a.path, coalesce(o.part, ''),
       coalesce(o.file_name, ''), coalesce(o.correction, '[]'), a.file_digest
from registry.quantum_input i
join registry.role r using (role_id)
join registry.dataset d using (dataset_id)
join registry.dataset_type y using (dataset_type_id)
left join registry.origin o on o.dataset_id = d.dataset_id
left join lateral (
  select f.path, f.file_digest from registry.artifact f
  where f.content_digest = d.content_digest and f.state = 'present' order by f.artifact_id limit 1) a on true
where i.quantum_id = %s
order by 1, 2"""


class NotReproducible(SkyledgerError):
    """A dataset whose record cannot be executed here."""

    def __init__(self, dataset: int, problem: str) -> None:
        self.dataset, self.problem = dataset, problem
        super().__init__(f"dataset {dataset} cannot be made again: {problem}")


@dataclass(frozen=True)
class Recipe:
    """A dataset and the quantum that made it."""

    dataset_id: int
    output: str
    dataset_type: str
    storage: str
    content_digest: bytes
    path: str | None  # of its file; None when none is left
    unit: Unit  # without a lease: nobody else works on it
    compatibility: str  # class of the environment that made it
    file_digests: dict[int, bytes]  # of the files of the inputs that are there, by dataset


def read_recipe(connection: Connection[Any], dataset: int) -> Recipe:
    """Read how a dataset was made.

    Raises
    ------
    NotReproducible
        Raised if no task made it, or its code is not today's.
    """
    given = {"dataset": dataset, "compatibility": settings().compatibility_class}
    row = connection.execute(RECIPE, given).fetchone()
    if row is None:
        raise NotReproducible(dataset, "it is not in this ledger")
    output, content, dataset_type, storage, path, quantum, name, code, commit, *_ = row
    if quantum is None:
        raise NotReproducible(dataset, "it came from outside; ingest its file again")
    _refuse_other_code(dataset, name, code, commit)
    inputs = connection.execute(INPUTS, [quantum]).fetchall()
    body, config, place, coordinate, provenance, salt, recorded = row[9:]
    unit = Unit(
        unit_id=0,
        token=0,
        quantum_id=quantum,
        run_id=0,
        task_name=name,
        code_digest=code,
        body=body,
        config_digest=config,
        coordinate_digest=place,
        coordinate_id=coordinate,
        provenance=provenance,
        salt=salt,
        time_limit_s=0,
        memory_mb=0,
        inputs=tuple(Source(*found[:-1]) for found in inputs),
        compatibility=recorded,
    )
    files = {found[2]: found[-1] for found in inputs if found[-1] is not None}
    return Recipe(dataset, output, dataset_type, storage, content, path, unit, recorded, files)


def _refuse_other_code(dataset: int, name: str, code: bytes, commit: str) -> None:
    """Refuse a task that this code does not have as it was."""
    try:
        found = task(name)
    except UnknownTask as error:
        raise NotReproducible(dataset, f"no task of workers made it, but {name}") from error
    if issubclass(found, LedgerTask):
        raise NotReproducible(dataset, f"{name} works on the ledger itself")
    today = code_digest(found)
    if today != code:
        seen = f", first seen at commit {commit}," if commit else ""
        raise NotReproducible(
            dataset,
            f"the code of {name} was {code.hex()[:12]}{seen} and is {today.hex()[:12]} today; check that version out",
        )
