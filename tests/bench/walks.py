"""Ways along a lineage: in the server, level by level, dataset by dataset, by a table of all pairs."""

from collections.abc import Callable
from functools import partial
from typing import Any

from psycopg import Connection

Way = Callable[[Connection[Any], int], set[int]]

UP = """
select distinct i.dataset_id from registry.dataset d join registry.quantum_input i using (quantum_id)
where d.dataset_id = any(%s)"""
DOWN = """
select distinct d.dataset_id from registry.quantum_input i join registry.dataset d using (quantum_id)
where i.dataset_id = any(%s)"""
RECURSIVE = """
with recursive onward (dataset_id) as (
  select %s::bigint
  union
  select d.dataset_id
  from onward o join registry.quantum_input i using (dataset_id) join registry.dataset d on d.quantum_id = i.quantum_id
)
select dataset_id from onward"""


def _ask(statement: str, connection: Connection[Any], dataset: int) -> set[int]:
    return {row[0] for row in connection.execute(statement.encode(), [dataset])}


def _by_level(step: str, connection: Connection[Any], dataset: int) -> set[int]:
    found, fresh = {dataset}, {dataset}
    while fresh:
        fresh = {row[0] for row in connection.execute(step.encode(), [list(fresh)])} - found
        found |= fresh
    return found


def _by_dataset(step: str, connection: Connection[Any], dataset: int) -> set[int]:
    """Ask for the neighbours of each dataset, as objects that load each other do."""
    found, todo = {dataset}, [dataset]
    while todo:
        fresh = {row[0] for row in connection.execute(step.encode(), [[todo.pop()]])} - found
        found |= fresh
        todo += fresh
    return found


BACK: dict[str, Way] = {
    "registry.upstream": partial(_ask, "select dataset_id from registry.upstream(array[%s]::bigint[])"),
    "a query per level": partial(_by_level, UP),
    "a query per dataset": partial(_by_dataset, UP),
    "closure table": partial(_ask, "select dataset_id from public.closure where descendant = %s"),
}
FORWARD: dict[str, Way] = {
    "registry.downstream": partial(_ask, "select dataset_id from registry.downstream(array[%s]::bigint[])"),
    "a recursive query": partial(_ask, RECURSIVE),
    "a query per level": partial(_by_level, DOWN),
}
