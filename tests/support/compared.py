"""Datasets with a lineage, made up one by one: what two runs did, for tests of their comparison."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from schema.ledger.collections import add_members, make_run
from schema.ledger.coordinates import register_coordinates
from schema.ledger.external import register_dataset_types
from schema.sky import healpix29
from tests.support.catalogs import fill_load

CAMERA = (
    "insert into registry.instrument (instrument, description) values ('Toy', 'A toy.')",
    "insert into registry.physical_filter values ('Toy', 'g', 'g')",
    "insert into registry.visit values ('Toy', 1, 'g', 20200101)",
    "insert into registry.exposure values ('Toy', 1, 1, 'g', 20200101, 58849.0, 30.0)",
    """insert into registry.detector (instrument, detector, name, purpose, nx, ny)
       select 'Toy', i, 'D' || i, 'science', 10, 10 from generate_series(0, 3) i""",
)
# In steps, because a statement does not see what it inserts itself.
RECIPE = (
    "insert into registry.task (name) values (%(task)s) on conflict do nothing",
    """insert into registry.task_version (task_id, code_digest, git_commit, git_dirty)
       select task_id, sha256(convert_to(%(code)s, 'UTF8')), %(commit)s, false
       from registry.task where name = %(task)s on conflict do nothing""",
    """insert into registry.config (digest, body) values (sha256(convert_to(%(config)s, 'UTF8')), %(config)s::jsonb)
       on conflict do nothing""",
    """insert into registry.software (digest, packages, compatibility_class)
       values (sha256(convert_to(%(class)s || %(packages)s, 'UTF8')), %(packages)s::jsonb, %(class)s)
       on conflict do nothing""",
    """insert into work.worker (host, pid, software_id) select 'here', 1, software_id from registry.software
       where digest = sha256(convert_to(%(class)s || %(packages)s, 'UTF8'))""",
)
KEYS = """
select v.task_version_id, c.config_id, (select max(worker_id) from work.worker)
from registry.task t join registry.task_version v using (task_id), registry.config c
where t.name = %(task)s and v.code_digest = sha256(convert_to(%(code)s, 'UTF8'))
  and c.digest = sha256(convert_to(%(config)s, 'UTF8'))"""
MADE = """
with q as (
  insert into registry.quantum (provenance_hash, task_version_id, config_id, coordinate_id, salt)
  values (%(hash)s, %(version)s, %(config)s, %(place)s, %(salt)s) returning quantum_id
), u as (
  insert into work.unit (run_id, quantum_id, state) select %(run)s, quantum_id, 'done' from q returning unit_id
), e as (
  insert into work.execution (unit_id, attempt, token, worker_id, started_at, ended_at, outcome)
  select unit_id, 1, 1, %(worker)s, now(), now(), 'ok' from u returning execution_id
)
insert into registry.dataset
  (uid, dataset_type_id, coordinate_id, quantum_id, output_name, execution_id, content_digest, n_rows)
select gen_random_uuid(), %(type)s, %(place)s, quantum_id, %(type_name)s, execution_id, %(content)s, %(n_rows)s
from q, e returning dataset_id, quantum_id"""
EXTERNAL = """
with d as (
  insert into registry.dataset (uid, dataset_type_id, coordinate_id, content_digest)
  values (gen_random_uuid(), %s, %s, %s) returning dataset_id
), o as (
  insert into registry.origin (dataset_id, file_name, part) select dataset_id, %s, '' from d
)
select dataset_id from d"""
ROLE = "insert into registry.role (name) values (%(role)s) on conflict do nothing"
READ = """
insert into registry.quantum_input (quantum_id, role_id, ordinal, dataset_id)
select %(quantum)s, role_id, %(ordinal)s, %(dataset)s from registry.role where name = %(role)s"""
METRIC = """
insert into quality.metric (name, unit, description) values (%(metric)s, 'arcsec', 'A number.')
on conflict do nothing"""
MEASURED = """
insert into quality.measurement (metric_id, dataset_id, value)
select metric_id, %(dataset)s, %(value)s from quality.metric where name = %(metric)s"""


@dataclass(frozen=True)
class Recipe:
    """How something is made."""

    task: str = "detect"
    code: str = "one"
    config: Mapping[str, Any] | None = None
    compatibility: str = "cpu-1"
    packages: Mapping[str, str] | None = None
    salt: int = 0


PLAIN = Recipe()
Inputs = Sequence[tuple[str, int]]


class Book:
    """Writes what runs did into a ledger."""

    def __init__(self, owner: Connection[Any]) -> None:
        self._owner = owner
        self._quanta: dict[int, int] = {}
        for statement in CAMERA:
            owner.execute(statement)
        # `fill_load` loads for the run of this name.
        self._run = make_run(owner, "first", "toys", bytes(32), "Toys.")
        owner.execute("insert into work.share (run_id) values (%s)", [self._run])

    def external(self, dataset_type: str, detector: int, content: str) -> int:
        """Register a file from outside; its content is its name."""
        values = [self._type(dataset_type), self._place(detector), digest(content), f"{content}.fits"]
        (dataset,) = self._one(EXTERNAL, values)
        return int(dataset)

    def made(
        self,
        dataset_type: str,
        detector: int,
        content: str,
        inputs: Inputs = (),
        recipe: Recipe = PLAIN,
        n_rows: int | None = None,
    ) -> int:
        """Register a dataset of a quantum of its own; inputs are pairs of a role and a dataset."""
        known = {
            "task": recipe.task, "code": recipe.code, "commit": f"commit{recipe.code}",
            "config": json.dumps(recipe.config or {}), "class": recipe.compatibility,
            "packages": json.dumps(recipe.packages or {}),
        }  # fmt: skip
        for statement in RECIPE:
            self._owner.execute(statement, known)
        version, config, worker = self._one(KEYS, known)
        values = {
            "hash": uuid4().bytes * 2, "version": version, "config": config, "salt": recipe.salt, "run": self._run,
            "worker": worker, "type": self._type(dataset_type), "type_name": dataset_type,
            "place": self._place(detector), "content": digest(content), "n_rows": n_rows,
        }  # fmt: skip
        dataset, quantum = self._one(MADE, values)
        for ordinal, (role, read) in enumerate(inputs):
            values = {"role": role, "quantum": quantum, "ordinal": ordinal, "dataset": read}
            self._owner.execute(ROLE, values)
            self._owner.execute(READ, values)
        return int(dataset)

    def collect(self, name: str, datasets: Sequence[int]) -> None:
        """Put datasets into a run."""
        add_members(self._owner, make_run(self._owner, name, "toys", digest(name), "Toys."), datasets, "computed")

    def measure(self, metric: str, dataset: int, value: float) -> None:
        """Give a dataset a value."""
        values = {"metric": metric, "dataset": dataset, "value": value}
        self._owner.execute(METRIC, values)
        self._owner.execute(MEASURED, values)

    def load(self, dataset: int, ra: Sequence[float], dec: Sequence[float], flux: Sequence[float]) -> None:
        """Load the sources of a dataset."""
        places = np.asarray(ra, dtype=np.float64), np.asarray(dec, dtype=np.float64)
        arrays: dict[str, NDArray[Any]] = {
            "dataset_id": np.full(len(ra), dataset), "number": np.arange(len(ra)), "ra": places[0], "dec": places[1],
            "flux": np.asarray(flux, dtype=np.float64), "pixel": healpix29(*places),
        }  # fmt: skip
        fill_load(self._owner, "source", [dataset], SOURCE, arrays)

    def _type(self, name: str) -> int:
        return register_dataset_types(self._owner, {name: (["instrument", "exposure", "detector"], "table")})[name]

    def _place(self, detector: int) -> int:
        (place,) = register_coordinates(self._owner, [{"instrument": "Toy", "exposure": 1, "detector": detector}])
        return place

    def _one(self, statement: str, values: Any) -> Any:
        (row,) = self._owner.execute(statement.encode(), values).fetchall()
        return row


SOURCE = {
    "sourceid": "a.number", "instrument": "'Toy'", "visit": "1", "ra": "a.ra", "dec": "a.dec",
    "_healpix_29": "a.pixel", "psfflux": "a.flux",
}  # fmt: skip


def digest(content: str) -> bytes:
    """Give what stands for a content."""
    return sha256(content.encode()).digest()
