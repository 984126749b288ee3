"""Named queries at scale: 10^5 sources in four partitions, by index at the first and the twelfth execution."""

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import Connection, RawCursor

from queries.named import bind, named
from queries.readonly import LOCAL
from schema.connect import connect
from schema.settings import Settings
from tests.support.catalogs import STAR, Survey, nodes

SURVEY = Survey(visits=50, detectors=10, stars=200, loads=4, metrics=50)
POINTS: dict[str, dict[str, Any]] = {
    "light_curve": {"ra": STAR[0], "dec": STAR[1]},
    "cone_search": {"ra": STAR[0], "dec": STAR[1], "radius": 30},
    "row_to_raw": {"source_id": (7 * 1000 + 3) * 100000 + 5, "instrument": "DECam"},
    "metric_history": {"metric": "calibrate.metric7"},
    "visit_quality": {"visit": 7},
    "reference_residuals": {"visit": 7},
}
LARGE = {"quantum_input", "measurement"}


@pytest.fixture
def reader(ledger: Settings, owner: Connection[Any]) -> Iterator[Connection[Any]]:
    """Give a reader of a large survey, set as queries are."""
    SURVEY.make(owner)
    with connect("reader", ledger) as opened:
        for name, value in LOCAL.items():
            opened.execute("select set_config(%s, %s, false)", [name, value])
        yield opened


def scanned(reader: Connection[Any], statement: str, values: list[Any]) -> set[str]:
    """Give the tables that are read from end to end."""
    row = RawCursor(reader).execute(f"explain (format json) {statement}", values).fetchone()
    assert row
    return {node["Relation Name"] for node in nodes(row[0][0]["Plan"]) if "Seq Scan" in node["Node Type"]}


def test_point_like_queries_read_no_large_table(reader: Connection[Any]) -> None:
    for name, given in POINTS.items():
        query = named(name)
        cursor, values = RawCursor(reader), bind(query, given)
        counts = {len(cursor.execute(query.statement, values).fetchall()) for _ in range(12)}
        assert len(counts - {0}) == 1, name
        for run in (None, "first"):
            found = scanned(reader, query.statement, bind(query, given if run is None else {**given, "run": run}))
            assert not found & LARGE, name
            assert not partitions(found), name
    # Such a scan would be seen: a query that counts everything has one in each partition.
    everything = named("source_counts")
    assert len(partitions(scanned(reader, everything.statement, bind(everything, {})))) == SURVEY.loads


def partitions(tables: set[str]) -> set[str]:
    """Give those of the tables that are partitions of the source catalog."""
    return {table for table in tables if table.startswith("source_")}
