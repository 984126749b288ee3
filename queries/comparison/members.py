"""Which datasets two collections share, which changed, and which only one has."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection, sql

from queries.comparison.errors import UnknownDatasetType
from schema.ledger.errors import UnknownCollection

EXAMPLES = 5  # datasets of one side only that are named
ORDER = """
select f.collection_id from collection c
cross join lateral registry.flatten(array[c.collection_id], coalesce(%s, 'infinity'::timestamptz)) as f
where c.collection = %s order by f.place"""
KNOWN = "select collection from collection order by 1"
# What an earlier collection of a chain has at a place hides what later ones have there; a place is a type, a data ID
# and, of calibrations, a validity.
FOUND = sql.SQL("""
  select distinct on (m.dataset_type_id, m.coordinate_id, m.valid)
         m.dataset_type_id, m.coordinate_id, m.valid, m.dataset_id
  from unnest({searched}::int[]) with ordinality as s (collection_id, place) join tenure m using (collection_id)
  where {then} and (%(types)s::int[] is null or m.dataset_type_id = any(%(types)s))
  order by m.dataset_type_id, m.coordinate_id, m.valid, s.place""")
NOW = sql.SQL("m.until = 'infinity'")
THEN = sql.SQL("m.since <= {at} and m.until > {at}")
TYPES = "select dataset_type, dataset_type_id from dataset_type order by 1"
# One statement, so that both sides are of one moment; shared datasets are only counted.
CLASSES = sql.SQL("""
with a as materialized ({a}), b as materialized ({b}), pair as (
  select dataset_type_id, coordinate_id, valid, a.dataset_id as a, b.dataset_id as b
  from a full join b using (dataset_type_id, coordinate_id, valid)
), other as (
  select p.dataset_type_id, p.coordinate_id, p.valid, p.a, p.b, coalesce(x.n_rows, y.n_rows) as n_rows,
         case when p.b is null then 'only_a' when p.a is null then 'only_b'
              when x.content_digest = y.content_digest then 'identical' else 'changed' end as class
  from pair p left join recipe x on x.dataset_id = p.a left join recipe y on y.dataset_id = p.b
  where p.a is distinct from p.b
), class as (
  select dataset_type_id, 'shared' as class, count(*) as n,
         null::numeric as n_rows, null::bigint[] as a, null::bigint[] as b
  from pair where a = b group by 1
  union all
  select dataset_type_id, 'unstable', count(*), null, null, null
  from pair where a = b and a in (select unnest(n.dataset_id || n.original_ids) from nondeterminism n) group by 1
  union all
  select dataset_type_id, class, count(*), sum(n_rows),
         (array_agg(a order by coordinate_id, valid))[1:kept], (array_agg(b order by coordinate_id, valid))[1:kept]
  from other cross join lateral (select case when class like 'only%%' then %(examples)s else 2147483647 end) as k (kept)
  group by dataset_type_id, class, kept
)
select y.dataset_type, c.class, c.n, coalesce(c.n_rows, 0)::bigint, coalesce(c.a, '{{}}'), coalesce(c.b, '{{}}')
from class c join dataset_type y using (dataset_type_id) order by 1, 2""")


@dataclass(frozen=True)
class Side:
    """A collection at a moment, as it is searched."""

    name: str
    at: datetime | None  # None: now
    searched: tuple[int, ...]  # keys of collections, in order


@dataclass(frozen=True)
class Counts:
    """How the datasets of one type compare; `examples` are keys of datasets that only one side has."""

    dataset_type: str
    shared: int = 0  # the same dataset in both
    identical: int = 0  # another dataset of equal content
    changed: int = 0
    only_a: int = 0
    only_b: int = 0
    unstable: int = 0  # of the shared ones: some execution gave something else with the same recipe and inputs
    n_rows_only_a: int = 0
    n_rows_only_b: int = 0
    examples: dict[str, list[int]] = field(default_factory=dict)


class Pair(NamedTuple):
    """Two datasets that stand at the same place."""

    a: int
    b: int


@dataclass(frozen=True)
class Pairs:
    """Datasets of one type and data ID, a of one side and b of the other, that are not the same dataset."""

    dataset_type: str
    pairs: tuple[Pair, ...]
    changed: bool  # whether the content is another


def side(connection: Connection[Any], name: str, at: datetime | None = None) -> Side:
    """Find a collection.

    Raises
    ------
    UnknownCollection
        Raised if there is none of that name.
    """
    searched = tuple(row[0] for row in connection.execute(ORDER, [at, name]))
    known = [name] if searched else [row[0] for row in connection.execute(KNOWN)]
    if name not in known:
        raise UnknownCollection(name, known)
    return Side(name, at, searched)


def members(
    connection: Connection[Any], a: Side, b: Side, types: Sequence[str] = ()
) -> tuple[list[Counts], list[Pairs]]:
    """Compare what is in two collections, dataset type by dataset type.

    Raises
    ------
    UnknownDatasetType
        Raised if there is no type of a name that was asked for.
    """
    known_types = dict(connection.execute(TYPES).fetchall())
    for wanted in types:
        if wanted not in known_types:
            raise UnknownDatasetType(wanted, list(known_types))
    statement = CLASSES.format(a=_found(a), b=_found(b))
    values = {"types": [known_types[wanted] for wanted in types] or None, "examples": EXAMPLES}
    counts: dict[str, Counts] = {}
    pairs: list[Pairs] = []
    for dataset_type, kind, n, n_rows, of_a, of_b in connection.execute(statement, values):
        so_far = counts.setdefault(dataset_type, Counts(dataset_type))
        changes: dict[str, Any] = {kind: n}
        if kind in ("only_a", "only_b"):
            changes[f"n_rows_{kind}"] = n_rows
            changes["examples"] = so_far.examples | {kind: of_a if kind == "only_a" else of_b}
        elif kind in ("identical", "changed"):
            pairs.append(Pairs(dataset_type, tuple(map(Pair, of_a, of_b)), kind == "changed"))
        counts[dataset_type] = replace(so_far, **changes)
    return list(counts.values()), pairs


def _found(side: Side) -> sql.Composed:
    """Give the query for what a side holds."""
    then = NOW if side.at is None else THEN.format(at=sql.Literal(side.at))
    return FOUND.format(searched=sql.Literal(list(side.searched)), then=then)
