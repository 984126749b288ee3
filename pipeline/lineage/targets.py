"""What users name to be marked: datasets, code, configurations."""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from queries.lineage.naming import find_datasets
from schema.ledger.marks import Target, find_code, find_config

MADE_BY = """
select d.dataset_id
from (
  select q.quantum_id from registry.quantum q where q.task_version_id = any(%(versions)s)
  union
  select q.quantum_id from registry.quantum q where q.config_id = any(%(configs)s)
) q join registry.dataset d using (quantum_id)"""


def find_targets(connection: Connection[Any], words: Sequence[str], collection: str | None = None) -> list[Target]:
    """Give what words name: `task:NAME[@DIGEST]`, `config:DIGEST`, and names of datasets.

    Raises
    ------
    UnknownTarget, NoSuchDataset
        Raised if something is not there, or may mean several.
    """
    named = [word for word in words if word.startswith(("task:", "config:"))]
    datasets = find_datasets(connection, [word for word in words if word not in named], collection)
    return [Target(dataset_id=found) for found in datasets] + [_described(connection, word) for word in named]


def roots_of(connection: Connection[Any], targets: Sequence[Target]) -> list[int]:
    """Give the datasets that marks on targets would be on: themselves, and what the code or configuration made."""
    made = connection.execute(
        MADE_BY,
        {
            "versions": [target.task_version_id for target in targets if target.task_version_id is not None],
            "configs": [target.config_id for target in targets if target.config_id is not None],
        },
    )
    return sorted({target.dataset_id for target in targets if target.dataset_id is not None} | {key for (key,) in made})


def _described(connection: Connection[Any], word: str) -> Target:
    kind, _, name = word.partition(":")
    if kind == "config":
        return find_config(connection, name)
    task, _, digest = name.partition("@")
    return find_code(connection, task, digest)
