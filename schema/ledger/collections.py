"""Collections and runs: making them, finding them, filling and sealing them."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection

from schema.ledger.errors import CollectionRefused, UnknownCollection
from schema.settings import settings

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")

# Those of some datasets that are no members yet; `nth` of a place, in the order in which they were given.
ABSENT = """
with absent as materialized (
  select d.dataset_id, d.dataset_type_id, d.coordinate_id,
         row_number() over w as nth, lead(d.dataset_id) over w is null as is_last
  from unnest(%(given)s::bigint[]) with ordinality as x (dataset_id, place) join registry.dataset d using (dataset_id)
  where not exists (
    select from registry.member m
    where m.collection_id = %(collection)s and m.dataset_id = d.dataset_id and m.until = 'infinity')
  window w as (partition by d.dataset_type_id, d.coordinate_id order by x.place)
)"""
# What has the place of one that enters leaves.
LEAVE = f"""{ABSENT}
update registry.member m set until = greatest(m.since, %(moment)s) from absent a
where a.is_last and m.collection_id = %(collection)s and m.until = 'infinity'
  and m.dataset_type_id = a.dataset_type_id and m.coordinate_id = a.coordinate_id
returning m.dataset_type_id, m.coordinate_id"""  # noqa: S608
ENTER = f"""{ABSENT}, entered as (
  insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how, since, until)
  select %(collection)s, a.dataset_type_id, a.coordinate_id, a.dataset_id, %(how)s, %(moment)s,
         case when a.is_last then 'infinity' else %(moment)s end
  from absent a order by 2, 3
)
select a.dataset_id from absent a
where a.nth > 1
   or (a.dataset_type_id, a.coordinate_id) in (select * from unnest(%(types)s::int[], %(places)s::bigint[]))"""  # noqa: S608


def make_run(
    connection: Connection[Any], name: str, pipeline: str, plan_digest: bytes, doc: str, inputs: Sequence[str] = ()
) -> int:
    """Give the key of a run, making it when it is new; a run that exists keeps what it is.

    Parameters
    ----------
    inputs
        Collections that somebody named for the plan, in the order in which they are searched.

    Raises
    ------
    CollectionRefused
        Raised if the name belongs to a collection of another kind.
    """
    with connection.transaction():  # nobody sees a collection that is going to be a run and is none yet
        connection.execute(
            "insert into registry.collection (name, kind, doc) values (%s, 'run', %s) on conflict (name) do nothing",
            [name, doc],
        )
        run_id = find_of_kind(connection, name, ["run"])
        connection.execute(
            """insert into registry.run (run_id, pipeline, plan_digest, inputs, compatibility_class)
               values (%s, %s, %s, %s, %s) on conflict (run_id) do nothing""",
            [run_id, pipeline, plan_digest, list(inputs), settings().compatibility_class],
        )
    return run_id


def make(connection: Connection[Any], name: str, kind: str, doc: str, *, new: bool = False) -> int:
    """Make a collection; one of that name and kind that exists stays what it is.

    Parameters
    ----------
    kind
        tagged, chained or calibration; a run is made by `make_run`.
    new
        One that exists is refused.

    Raises
    ------
    CollectionRefused
        Raised if the name belongs to a collection of another kind, or to one that must be new, or cannot be one.
    """
    if not NAME.fullmatch(name):
        raise CollectionRefused(
            name, "a name has up to 200 letters, digits and ._/-, and begins with a letter or digit"
        )
    made = connection.execute(
        "insert into registry.collection (name, kind, doc) values (%s, %s, %s) on conflict (name) do nothing",
        [name, kind, doc],
    )
    if new and not made.rowcount:
        raise CollectionRefused(name, "it exists already, and this needs a new one")
    return find_of_kind(connection, name, [kind])


def find_of_kind(connection: Connection[Any], name: str, kinds: Sequence[str]) -> int:
    """Give the key of a collection of one of some kinds.

    Raises
    ------
    UnknownCollection, CollectionRefused
        Raised if nobody made it, or it is of another kind.
    """
    (key,) = find(connection, [name])
    row = connection.execute("select kind from registry.collection where collection_id = %s", [key]).fetchone()
    if row is None or row[0] not in kinds:
        raise CollectionRefused(
            name, f"it is a {row and row[0]} collection, and this is for {' and '.join(kinds)} ones"
        )
    return key


def find(connection: Connection[Any], names: Sequence[str]) -> list[int]:
    """Give the keys of collections, in the order of their names.

    Raises
    ------
    UnknownCollection
        Raised for the first name that nobody made.
    """
    rows = dict(
        connection.execute(
            "select name, collection_id from registry.collection where name = any(%s)", [list(names)]
        ).fetchall()
    )
    for name in names:
        if name not in rows:
            known = connection.execute("select name from registry.collection order by name").fetchall()
            raise UnknownCollection(name, [row[0] for row in known])
    return [rows[name] for name in names]


def flatten(connection: Connection[Any], names: Sequence[str], at: datetime | None = None) -> list[int]:
    """Give the keys of the collections that are searched for some names, in search order; chains are followed.

    Parameters
    ----------
    at
        Follow the chains as they were then; as they are now when None.

    Raises
    ------
    UnknownCollection
        Raised for the first name that nobody made.
    """
    rows = connection.execute(
        "select collection_id from registry.flatten(%s, coalesce(%s, 'infinity'::timestamptz)) order by place",
        [find(connection, names), at],
    )
    return [key for (key,) in rows]


def find_first(
    connection: Connection[Any],
    names: Sequence[str],
    dataset_type: str,
    coordinate_ids: Sequence[int],
    at: datetime | None = None,
) -> dict[int, int]:
    """Give the dataset of a type at each coordinate, from the first collection that holds one.

    Parameters
    ----------
    names
        Collections, searched in this order; chains are followed.
    at
        As it was then; as it is now when None.

    Returns
    -------
    Coordinate to dataset; coordinates without one are left out.

    Raises
    ------
    UnknownCollection
        Raised for the first name that nobody made.
    """
    rows = connection.execute(
        """select coordinate_id, dataset_id from registry.find_first(
             %s, (select dataset_type_id from registry.dataset_type where name = %s), %s,
             coalesce(%s, 'infinity'::timestamptz))""",
        [flatten(connection, names, at), dataset_type, list(coordinate_ids), at],
    )
    return dict(rows.fetchall())


def lock(connection: Connection[Any], collection_id: int) -> datetime:
    """Be the only one who fills a collection until the transaction ends: two ingests of the same files take turns.

    Returns
    -------
    The moment from which the changes count. `now()` is when the transaction began, and whoever waited here began
    before what they find.
    """
    connection.execute("select from registry.collection where collection_id = %s for no key update", [collection_id])
    moment: datetime = connection.execute("select clock_timestamp()").fetchall()[0][0]
    return moment


def add_members(connection: Connection[Any], collection_id: int, datasets: Sequence[int], how: str) -> set[int]:
    """Put datasets into a collection.

    One dataset of a type and coordinate is in a collection at a time: an older one leaves, and stays findable by
    time. Of several given for one place the last stays.

    Returns
    -------
    The datasets that took the place of another.
    """
    with connection.transaction():  # the lock lasts, and the moment lies in it
        asked: dict[str, Any] = {"given": list(dict.fromkeys(datasets)), "collection": collection_id, "how": how}
        asked["moment"] = lock(connection, collection_id)
        left = connection.execute(LEAVE, asked).fetchall()
        taken = {"types": [row[0] for row in left], "places": [row[1] for row in left]}
        return {dataset for (dataset,) in connection.execute(ENTER, {**asked, **taken})}
