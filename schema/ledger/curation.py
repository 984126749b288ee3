"""Curation: what people put into collections, take out of them, and seal."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection, errors

from schema.dimensions import DIMENSIONS
from schema.ledger.collections import add_members, find, find_of_kind, lock, make
from schema.ledger.errors import CollectionRefused, PlaceTaken, UnknownDatasets
from schema.ledger.rows import insert
from schema.registry.collection_chain import collection_chain

REFUSED = ("P0A02", "P0A03", "P0A04", "P0A05", "P0A06")  # what the triggers of guard.sql say of collections

# What has another dataset in its place, there or among those that are given.
TAKEN = """
with given as (select * from registry.dataset where dataset_id = any(%(given)s)), there as (
  select g.uid, g.dataset_id, g.coordinate_id, m.dataset_id as holder from given g
  join registry.member m on m.collection_id = %(collection)s and m.until = 'infinity'
    and m.dataset_type_id = g.dataset_type_id and m.coordinate_id = g.coordinate_id and m.dataset_id <> g.dataset_id
  union all
  select g.uid, g.dataset_id, g.coordinate_id, h.dataset_id from given g
  join given h on h.dataset_type_id = g.dataset_type_id and h.coordinate_id = g.coordinate_id
    and h.dataset_id < g.dataset_id
)
select t.uid, h.uid, to_jsonb(o) - '{coordinate_id,digest}'::text[]
from there t join registry.dataset h on h.dataset_id = t.holder
join registry.coordinate o on o.coordinate_id = t.coordinate_id
order by t.dataset_id limit 1"""

ENTERING = """
select count(*) from (select distinct unnest(%s::bigint[])) g (dataset_id) where not exists (
  select from registry.member m
  where m.collection_id = %s and m.dataset_id = g.dataset_id and m.until = 'infinity')"""

UNTAG = """
update registry.member set until = greatest(since, %s)
where collection_id = %s and dataset_id = any(%s) and until = 'infinity' returning dataset_id"""


def resolve(connection: Connection[Any], given: Sequence[str | int | UUID]) -> list[int]:
    """Give the keys of datasets that are named by key or uid, in their order.

    Raises
    ------
    UnknownDatasets
        Raised for those that are not in the ledger.
    """
    asked = [_key_or_uid(one) for one in given]
    keys = [one for one in asked if isinstance(one, int)]
    uids = [one for one in asked if isinstance(one, UUID)]
    known: dict[Any, int] = {}
    for key, uid in connection.execute(
        "select dataset_id, uid from registry.dataset where dataset_id = any(%s) or uid = any(%s)", [keys, uids]
    ):
        known |= {key: key, uid: key}
    if missing := [text for text, one in zip(given, asked, strict=True) if one not in known]:
        raise UnknownDatasets(missing)
    return [known[one] for one in asked]


def tag(connection: Connection[Any], name: str, datasets: Sequence[int], *, replace: bool = False) -> int:
    """Put datasets into a tagged collection, which is made if it is new; give how many entered.

    Parameters
    ----------
    replace
        What is there for the same type and data ID leaves; it stays findable by time.

    Raises
    ------
    PlaceTaken
        Raised if another dataset of that type and data ID is there, and is not to be replaced.
    CollectionRefused
        Raised if the collection is sealed or no tagged one.
    """
    with connection.transaction(), refusals(name):
        collection = make(connection, name, "tagged", "Datasets that were picked.")
        lock_open(connection, collection, name)
        row = connection.execute(TAKEN, {"given": list(datasets), "collection": collection}).fetchone()
        if row and not replace:
            raise PlaceTaken(name, row[0], row[1], data_id(row[2]))
        row = connection.execute(ENTERING, [list(datasets), collection]).fetchone()
        add_members(connection, collection, datasets, "tagged")
        return row[0] if row else 0


def untag(connection: Connection[Any], name: str, datasets: Sequence[int]) -> list[int]:
    """Take datasets out of a tagged collection; that they were in it stays known.

    Returns
    -------
    The datasets that left; those that were not in it are not among them.

    Raises
    ------
    UnknownCollection, CollectionRefused
        Raised if there is none, or it is sealed or no tagged one.
    """
    with connection.transaction(), refusals(name):
        collection = find_of_kind(connection, name, ["tagged"])
        moment = lock_open(connection, collection, name)
        return [row[0] for row in connection.execute(UNTAG, [moment, collection, list(datasets)])]


def chain(connection: Connection[Any], name: str, children: Sequence[str]) -> bool:
    """Say which collections a chained one is searched in, in which order; it is made if it is new.

    Returns
    -------
    Whether that was something new. The order before stays known by its time.

    Raises
    ------
    UnknownCollection, CollectionRefused
        Raised if one is missing, named twice, sealed or would contain itself.
    """
    with connection.transaction(), refusals(name):
        parent = make(connection, name, "chained", f"Searched in this order: {', '.join(children)}.")
        moment = lock_open(connection, parent, name)
        wanted = list(enumerate(find(connection, children)))
        if len({child for _, child in wanted}) < len(wanted):
            raise CollectionRefused(name, "a collection is named twice: it would never be reached again")
        held = connection.execute(
            "select position, child from registry.collection_chain where parent = %s and until = 'infinity' order by 1",
            [parent],
        ).fetchall()
        ended = [position for position, child in held if (position, child) not in wanted]
        connection.execute(
            """update registry.collection_chain set until = greatest(since, %s)
               where parent = %s and position = any(%s) and until = 'infinity'""",
            [moment, parent, ended],
        )
        fresh = [(position, child) for position, child in wanted if (position, child) not in held]
        rows = ({"parent": parent, "position": p, "child": c, "since": moment} for p, c in fresh)
        insert(connection, collection_chain, ({**row, "until": "infinity"} for row in rows))
        return bool(ended or fresh)


def seal(connection: Connection[Any], name: str) -> datetime:
    """Seal a collection: from now on nothing enters, changes or leaves, for anybody. Give the moment.

    Raises
    ------
    UnknownCollection, CollectionRefused
        Raised if there is none, it is sealed already, a run that goes on, or a chain of which a part is open.
    """
    with connection.transaction(), refusals(name):
        (collection,) = find(connection, [name])
        moment = lock_open(connection, collection, name)
        row = connection.execute("select ended from public.run where run_id = %s", [collection]).fetchone()
        if row and not row[0]:
            raise CollectionRefused(name, "the run goes on: wait until it has ended, or cancel it")
        connection.execute(
            "update registry.collection set sealed_at = %s where collection_id = %s", [moment, collection]
        )
        return moment


def count(connection: Connection[Any], collection: int) -> int:
    """Give how many members a collection has."""
    row = connection.execute(
        "select count(*) from registry.member where collection_id = %s and until = 'infinity'", [collection]
    ).fetchone()
    return row[0] if row else 0


def lock_open(connection: Connection[Any], collection: int, name: str) -> datetime:
    """Be the only one who changes a collection until the transaction ends; give the moment from which changes count.

    Raises
    ------
    CollectionRefused
        Raised if it is sealed.
    """
    moment = lock(connection, collection)
    refuse_sealed(connection, collection, name)
    return moment


def refuse_sealed(connection: Connection[Any], collection: int, name: str) -> None:
    """Refuse a sealed collection before anything is asked of it, so that even a change to nothing is refused."""
    row = connection.execute(
        "select sealed_at from registry.collection where collection_id = %s", [collection]
    ).fetchone()
    if row and row[0] is not None:
        raise CollectionRefused(name, f"it was sealed at {row[0]:%Y-%m-%d %H:%M:%S}, and stays as it is")


@contextmanager
def refusals(name: str) -> Iterator[None]:
    """Turn what the database says of a collection into one sentence."""
    try:
        yield
    except errors.Error as error:
        if error.sqlstate not in REFUSED:
            raise
        hint = f": {error.diag.message_hint}" if error.diag.message_hint else ""
        raise CollectionRefused(name, f"{error.diag.message_primary}{hint}".rstrip(".")) from error


def data_id(columns: Mapping[str, Any]) -> str:
    """Write a data ID as people say it."""
    said = [f"{name} {columns[name]}" for name in DIMENSIONS if columns.get(name) is not None]
    return ", ".join(said) or "the whole survey"


def _key_or_uid(given: str | int | UUID) -> int | UUID | None:
    """Read a key or a uid; None where it is neither."""
    if isinstance(given, UUID | int):
        return given
    try:
        return int(given)
    except ValueError:
        try:
            return UUID(given)
        except ValueError:
            return None
