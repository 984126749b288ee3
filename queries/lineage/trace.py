"""Traces: what a dataset was made from, and what was made of it."""

from collections.abc import Sequence
from typing import Any, Literal

from psycopg import Connection, sql

Direction = Literal["back", "forward"]
Rows = list[tuple[Any, ...]]
WALKS = {"back": sql.Identifier("registry", "upstream"), "forward": sql.Identifier("registry", "downstream")}
COLUMNS = (
    "steps", "dataset_id", "dataset_type", "instrument", "visit", "detector", "band", "healpix", "task", "file_name",
    "taint", "marked", "uid",
)  # fmt: skip
SUMMARY = ("dataset_type", "task", "first_step", "last_step", "n_datasets", "n_tainted")

WALK = sql.SQL("""
with found as materialized (
  select w.depth as steps, d.*
  from {walk}(%(datasets)s::bigint[], %(depth)s::int) w
  -- One by one, by their keys, whatever is expected of the walk.
  cross join lateral (select * from dataset where dataset_id = w.dataset_id offset 0) d
  where %(dataset_type)s::text is null or d.dataset_type = %(dataset_type)s
), taints as materialized (
  select t.dataset_id, string_agg(t.verdict, ', ' order by t.verdict) as taint, bool_or(t.marked) as marked
  from registry.taint_of(array(select dataset_id from found)) t group by 1
)""")

LIST = sql.SQL("""{walk}
select f.steps, f.dataset_id, f.dataset_type, f.instrument, f.visit, f.detector, f.band, f.healpix, f.task, f.file_name,
       t.taint, coalesce(t.marked, false), f.uid
from found f left join taints t using (dataset_id)
order by f.steps, f.dataset_type, f.instrument, f.visit, f.detector, f.dataset_id""")

COUNT = sql.SQL("""{walk}
select f.dataset_type, f.task, min(f.steps), max(f.steps), count(*), count(t.dataset_id)
from found f left join taints t using (dataset_id) group by 1, 2 order by 3, 1, 2""")


def trace(
    connection: Connection[Any],
    datasets: Sequence[int],
    direction: Direction,
    depth: int | None = None,
    dataset_type: str | None = None,
) -> Rows:
    """Walk along the lineage; give a row of `COLUMNS` for each dataset, the given ones first.

    `taint` names the verdicts that hold for a dataset; `marked` says whether the mark is on itself, its code or its
    configuration, and not on something that it was made from.

    Parameters
    ----------
    depth
        Steps at most; None for all.
    dataset_type
        Only datasets of this type are given; the walk passes through the others.
    """
    return _ask(connection, LIST, datasets, direction, depth, dataset_type)


def summarise(
    connection: Connection[Any],
    datasets: Sequence[int],
    direction: Direction,
    depth: int | None = None,
    dataset_type: str | None = None,
) -> Rows:
    """Walk in the same way; give a row of `SUMMARY` for each dataset type and task."""
    return _ask(connection, COUNT, datasets, direction, depth, dataset_type)


def _ask(
    connection: Connection[Any],
    question: sql.SQL,
    datasets: Sequence[int],
    direction: Direction,
    depth: int | None,
    dataset_type: str | None,
) -> Rows:
    statement = question.format(walk=WALK.format(walk=WALKS[direction]))
    values = {"datasets": list(datasets), "depth": depth, "dataset_type": dataset_type}
    return connection.execute(statement, values).fetchall()
