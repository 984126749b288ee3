"""Collections and runs: making them, finding them, filling them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection

from schema.errors import SkyledgerError
from schema.ledger.rows import insert
from schema.registry.member import member


class UnknownCollection(SkyledgerError):
    """A collection that nobody made."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name, self.known = name, tuple(known)
        super().__init__(f"there is no collection {name!r}; there are {', '.join(known) or 'none yet'}")


def make_run(connection: Connection[Any], name: str, pipeline: str, plan_digest: bytes, doc: str) -> int:
    """Give the key of a run, making it when it is new; a run that exists keeps what it is."""
    with connection.transaction():  # nobody sees a collection that is going to be a run and is none yet
        connection.execute(
            "insert into registry.collection (name, kind, doc) values (%s, 'run', %s) on conflict (name) do nothing",
            [name, doc],
        )
        (run_id,) = find(connection, [name])
        connection.execute(
            """insert into registry.run (run_id, pipeline, plan_digest) values (%s, %s, %s)
               on conflict (run_id) do nothing""",
            [run_id, pipeline, plan_digest],
        )
    return run_id


def find(connection: Connection[Any], names: Sequence[str]) -> list[int]:
    """Give the keys of collections, in the order of their names.

    Raises
    ------
    UnknownCollection
        Raised for the first name that nobody made.
    """
    rows = dict(connection.execute("select name, collection_id from registry.collection order by name").fetchall())
    for name in names:
        if name not in rows:
            raise UnknownCollection(name, list(rows))
    return [rows[name] for name in names]


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
    moment = lock(connection, collection_id)
    rows = connection.execute(
        """select d.dataset_id, d.dataset_type_id, d.coordinate_id
           from unnest(%s::bigint[]) with ordinality as x (dataset_id, place) join registry.dataset d using (dataset_id)
           where not exists (
             select from registry.member m
             where m.collection_id = %s and m.dataset_id = d.dataset_id and m.until = 'infinity')
           order by x.place""",
        [list(dict.fromkeys(datasets)), collection_id],
    ).fetchall()
    last = {(dataset_type, coordinate): dataset for dataset, dataset_type, coordinate in rows}
    taken = connection.execute(
        """update registry.member m set until = greatest(m.since, %s) from registry.dataset d
           where d.dataset_id = any(%s) and m.collection_id = %s and m.until = 'infinity'
             and m.dataset_type_id = d.dataset_type_id and m.coordinate_id = d.coordinate_id
           returning m.dataset_type_id, m.coordinate_id""",
        [moment, list(last.values()), collection_id],
    ).fetchall()
    insert(
        connection,
        member,
        (
            {
                "collection_id": collection_id,
                "dataset_type_id": dataset_type,
                "coordinate_id": coordinate,
                "dataset_id": dataset,
                "how": how,
                "since": moment,
                "until": "infinity" if last[dataset_type, coordinate] == dataset else moment,
            }
            for dataset, dataset_type, coordinate in rows
        ),
        order=["dataset_type_id", "coordinate_id"],
    )
    return _successors(rows, set(taken))


def _successors(rows: Sequence[tuple[int, int, int]], taken: set[tuple[int, int]]) -> set[int]:
    """Find the datasets whose place was taken, by a member before or by one that came before it in `rows`."""
    found = set()
    for dataset, *place in rows:
        if tuple(place) in taken:
            found.add(dataset)
        taken.add((place[0], place[1]))
    return found
