"""Saved queries: questions for datasets as records, and collections that hold their answers."""

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from queries.datasets.ask import ask
from queries.datasets.errors import Ambiguous, BadSearch, UnknownSavedQuery
from queries.datasets.search import Search
from queries.readonly import Limits
from schema.ledger.collections import NAME, make
from schema.ledger.curation import count, refusals, seal, tag
from schema.ledger.errors import PlaceTaken
from schema.ledger.rows import insert
from schema.registry.frozen_query import frozen_query
from schema.registry.saved_query import saved_query
from schema.settings import Settings

MOST = 10_000_000  # datasets of one frozen answer


@dataclass(frozen=True)
class Saved:
    """A saved query."""

    saved_query_id: int
    name: str
    digest: bytes
    search: Search


def save(connection: Connection[Any], name: str, search: Search) -> Saved:
    """Save a question under a name; another question under that name is another version, the same one is the same.

    Raises
    ------
    BadSearch
        Raised if the name cannot be one.
    """
    if not NAME.fullmatch(name):
        raise BadSearch(f"{name!r} cannot be a name: use up to 200 letters, digits and ._/-")
    row = {"name": name, "digest": search.digest(), "body": search.body()}
    insert(connection, saved_query, [row], on_conflict="(name, digest) do nothing")
    return find_saved(connection, name, search.digest().hex())


def find_saved(connection: Connection[Any], name: str, digest: str | None = None) -> Saved:
    """Find a saved query: its newest version, or the one whose digest begins so (hexadecimal).

    Raises
    ------
    UnknownSavedQuery
        Raised if nobody saved it.
    """
    rows = connection.execute(
        """select saved_query_id, saved_query, decode(digest, 'hex'), body from public.saved_query
           where saved_query = %s and starts_with(digest, lower(%s)) order by version desc limit 1""",
        [name, digest or ""],
    ).fetchall()
    if not rows:
        known = connection.execute("select distinct saved_query from public.saved_query order by 1").fetchall()
        raise UnknownSavedQuery(name if digest is None else f"{name} {digest}", [row[0] for row in known])
    key, found, value, body = rows[0]
    return Saved(key, found, bytes(value), Search.from_body(body))


def freeze(
    connection: Connection[Any], saved: Saved, collection: str, using: Settings, limits: Limits | None = None
) -> int:
    """Ask a saved query now, and keep its answer as a new, sealed tagged collection that says where it comes from.

    Returns
    -------
    How many datasets it holds.

    Raises
    ------
    CollectionRefused
        Raised if there is a collection of that name.
    Ambiguous
        Raised if several datasets of a type and data ID are in the answer.
    """
    chosen = limits or Limits(600.0, MOST)
    found = ask(saved.search, using, chosen, only="dataset_id")
    if found.cut:
        raise BadSearch(f"the answer has more than {chosen.rows:,} datasets: ask for less")
    with connection.transaction(), refusals(collection):
        key = make(connection, collection, "tagged", f"The answer to the saved query {saved.name}.", new=True)
        try:
            tag(connection, collection, [row[0] for row in found.rows])
        except PlaceTaken as error:
            raise Ambiguous(saved.name, error.data_id) from error
        n = count(connection, key)
        insert(
            connection,
            frozen_query,
            [{"collection_id": key, "saved_query_id": saved.saved_query_id, "n_datasets": n}],
        )
        seal(connection, collection)
    return n
