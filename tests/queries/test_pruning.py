"""Cones read the loads that they touch and no other, at the first and the twelfth execution."""

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import Connection, RawCursor

from ingest.loads.compact import merge, merges
from ingest.loads.staging import new_token
from queries.client import Client
from queries.cones import with_loads
from queries.named import bind, named
from queries.readonly import LOCAL
from schema.connect import connect
from schema.settings import Settings
from schema.store import Store
from tests.support.catalogs import nodes
from tests.support.shelf import load_each, shelve

pytestmark = pytest.mark.database
CONES = ("cone_search", "light_curve")
PLACE = {"ra": 45.0, "dec": 5.0, "radius": "1d"}


@pytest.fixture
def fields(ledger: Settings, owner: Connection[Any]) -> Settings:
    """Give a ledger with seven loads side by side on the sky, of 10 degrees each; the last lies over the fifth."""
    store = Store(ledger.store_root)
    load_each(owner, owner, store, [*shelve(owner, store, 6, 2000, 10.0), *shelve(owner, store, 1, 2000, 40.0 / 6)])
    return ledger


@pytest.fixture
def reader(fields: Settings) -> Iterator[Connection[Any]]:
    """Give a reader, set as queries are."""
    with connect("reader", fields) as opened:
        for name, value in LOCAL.items():
            opened.execute("select set_config(%s, %s, false)", [name, value])
        yield opened


def partitions(reader: Connection[Any], name: str, pruned: bool) -> set[str]:
    """Give the loads that a named query would read, in its plan."""
    query = named(name)
    values = bind(query, PLACE)
    if pruned:
        values = with_loads(reader, query, values)
    ((plan,),) = RawCursor(reader).execute(f"explain (format json) {query.statement}", values).fetchall()
    tables = {node["Relation Name"] for node in nodes(plan[0]["Plan"]) if "Relation Name" in node}
    return {table.split("_")[1] for table in tables if table.startswith("source_")}


@pytest.mark.parametrize("name", CONES)
def test_the_plan_names_the_touched_loads_only(reader: Connection[Any], name: str) -> None:
    query = named(name)
    cursor = RawCursor(reader)
    counts = []
    for _ in range(12):
        assert partitions(reader, name, pruned=True) == {"l5", "l7"}
        counts.append(len(cursor.execute(query.statement, with_loads(reader, query, bind(query, PLACE))).fetchall()))
    assert partitions(reader, name, pruned=False) == {f"l{n}" for n in range(1, 8)}
    whole = len(cursor.execute(query.statement, bind(query, PLACE)).fetchall())
    assert set(counts) == {whole}
    assert whole > 50


def test_a_cone_beside_all_loads_reads_none(reader: Connection[Any]) -> None:
    query = named("cone_search")
    values = with_loads(reader, query, bind(query, {"ra": 200.0, "dec": -60.0}))
    ((plan,),) = RawCursor(reader).execute(f"explain (format json) {query.statement}", values).fetchall()
    assert not [node for node in nodes(plan[0]["Plan"]) if "Relation Name" in node]


def test_the_client_gives_the_same_before_and_after_a_merge(fields: Settings, owner: Connection[Any]) -> None:
    def answers() -> list[list[Any]]:
        found = [Client(fields).query(name, **PLACE) for name in CONES]
        return [[(row["sourceid"], row["dataset_id"], row["separation"]) for row in rows] for rows in found]

    before = answers()
    (these,) = merges(owner, keep=2)
    merge(owner, Store(fields.store_root), these, new_token(owner))
    assert answers() == before
    assert len(before[0]) > 50


def test_what_the_cone_touches_cannot_be_replaced_before_it_was_read(
    fields: Settings, owner: Connection[Any], reader: Connection[Any]
) -> None:
    query = named("cone_search")
    whole = len(RawCursor(reader).execute(query.statement, bind(query, PLACE)).fetchall())
    with reader.transaction():
        reader.pgconn.prepare(b"", query.statement.encode())  # as `describe` does: it locks the catalog
        values = with_loads(reader, query, bind(query, PLACE))
        held = owner.execute(
            """select count(*) from pg_locks where relation = 'catalog.source'::regclass and mode = 'AccessShareLock'
               and granted and pid = %s""",
            [reader.info.backend_pid],
        )
        assert held.fetchone() == (1,)
        assert len(RawCursor(reader).execute(query.statement, values).fetchall()) == whole
