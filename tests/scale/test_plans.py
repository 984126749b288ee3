"""A ledger of a million: no named query and no function of the queue reads a large table from end to end."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import Any

import psycopg
import pytest
from psycopg import Connection, RawCursor, errors
from psycopg.conninfo import make_conninfo

from queries.cones import with_loads
from queries.datasets.ask import compose
from queries.datasets.search import Search
from queries.named import Query, bind, named, names
from queries.readonly import LOCAL, Answer
from tests.scale.catalogs import Catalogs
from tests.scale.deeds import ingest, work
from tests.scale.fill import fill
from tests.scale.quick import leave_unlogged
from tests.scale.scale import Scale
from tests.support.plans import LOAD, Read, Watch, nodes

pytestmark = [pytest.mark.database, pytest.mark.timeout(900)]

LARGE = 100_000  # rows
SCALE = Scale(
    quanta=1_000_000, edges=1_100_000, rows=1_000_000, measurements=1_000_000, stars=110_000,
    tasks=8, runs=200, metrics=100, loads=2,
)  # fmt: skip
TIMES = 12  # by then a session has turned to its prepared plans

# What a query is asked beyond what it must be told.
ASKED: dict[str, tuple[str, ...]] = {
    "campaign_metrics": ("campaign",),
    "campaign_refused": ("campaign",),
    "campaign_specifications": ("campaign",),
    "campaign_turns": ("campaign",),
    "reference_residuals": ("instrument", "visit"),
    "runs": ("n",),
    "visit_quality": ("instrument", "visit"),
    "visits": ("n",),
}
# What has an answer for that image, so that no plan is one for nothing.
ANSWERED = {
    "campaign_comparison", "campaign_metrics", "campaign_refused", "campaign_specifications", "campaign_turns",
    "campaigns", "cone_search", "light_curve", "metric_history", "reference_residuals", "row_to_raw", "visit_quality",
}  # fmt: skip
# Summaries: they are asked for a number about everything. With the parameter behind them they read no more than that
# asks for; where there is none, nothing makes them read less.
ALL = {
    "attempts": None,  # the last hour, but by minutes of the last day
    "duration_histogram": "run",
    "instrument_summary": None,
    "latency": None,  # the last day
    "metrics": "metric",
    "red_metrics": "metric",
    "reference_density": None,
    "run_summary": "run",
    "sky_cells": None,
    "slowest_executions": "run",
    "source_counts": None,
    "throughput": None,  # the last day
    "timings": "run",
}
ELSEWHERE = {"work.snapshots"}  # what reads no table of ours
NOT_CALLED = """
select format('%s.%s', n.nspname, p.proname) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
left join pg_stat_user_functions f on f.funcid = p.oid and f.calls > 0
where n.nspname in ('work', 'ingest') and p.prorettype <> 'trigger'::regtype and f is null"""


@pytest.fixture(scope="module")
def full(administrator: str, template: str) -> Iterator[Watch]:
    """Give a watched connection to a ledger with a million rows in each large table."""
    name = f"{template}_full"
    with psycopg.connect(administrator, autocommit=True) as admin:
        admin.execute(f"create database {name} template {template}".encode())
        with psycopg.connect(make_conninfo(administrator, dbname=name), autocommit=True) as connection:
            try:
                connection.execute(LOAD)
            except (errors.UndefinedFile, errors.InsufficientPrivilege):
                pytest.skip("this server does not let us load auto_explain")
            leave_unlogged(connection)
            connection.execute("set session_replication_role = replica")
            connection.execute("set maintenance_work_mem = '256MB'")
            for _ in fill(connection, SCALE):
                pass
            connection.execute("reset session_replication_role")
            yield Watch.begin(connection, LARGE)
        admin.execute(f"drop database {name} with (force)".encode())


def test_named_queries_read_no_large_table_from_end_to_end(full: Watch) -> None:
    told = _told(full.connection)
    found = {}
    with _reader(full.connection):
        for query in map(named, names()):
            for given in _calls(query, told):
                for time, read in _read(full, query, given).items():
                    if too_much := [table for table, of in read.items() if of.end_to_end or of.rows > LARGE]:
                        found[query.name, tuple(given), time] = too_much
        assert found == {}


def test_summaries_are_summaries(full: Watch) -> None:
    """What reads everything is listed; what does not any more leaves the list."""
    told = _told(full.connection)
    with _reader(full.connection):
        for name in ALL:
            query = named(name)
            values = bind(query, {p.name: told[p.name] for p in query.parameters if p.default is None})
            ((plan,),) = RawCursor(full.connection).execute(f"explain (format json) {query.statement}", values)
            assert any(
                node["Node Type"] == "Seq Scan" or node["Plan Rows"] > LARGE
                for node in nodes(plan)
                if full.large.get(node.get("Relation Name", ""))
            ), name
        # Such reading is seen.
        read = _read(full, named("instrument_summary"), {})[TIMES]["visit_detector"]
        assert read.end_to_end
        assert read.rows > LARGE


def test_functions_of_the_queue_read_no_large_table_from_end_to_end(full: Watch) -> None:
    connection = full.connection
    connection.execute("set track_functions = 'all'")
    images = Catalogs(connection, SCALE).images(SCALE.tasks + 4, 2 * TIMES)
    found, touching = {}, set()
    for time in range(1, TIMES + 1):
        full.read()
        for done in chain(work(connection, SCALE.runs), ingest(connection, SCALE, images[2 * time - 2 : 2 * time])):
            read = full.read()
            touching |= {done} if "unit" in read else set()
            if too_much := [table for table, of in read.items() if of.end_to_end or of.rows > LARGE]:
                found[done, time] = too_much
    # A merge changes the files of its loads, and the statistics say of a load that it has a fifth of all files.
    assert {done: tables for (done, _), tables in found.items()} in ({}, {"merge": ["load_file"]}), found
    assert touching >= {"settle_ok", "register", "settle_err", "give_back", "resolve", "reap", "retry"}
    connection.execute("select pg_stat_force_next_flush()")
    assert {row[0] for row in connection.execute(NOT_CALLED)} == ELSEWHERE


# A footprint for each raw image, somewhere.
PLACES = """
insert into registry.region
select d.dataset_id, d.coordinate_id, int8multirange(int8range(p, p + (1::int8 << 34)))
from registry.dataset d join registry.dataset_type y using (dataset_type_id)
cross join lateral (select ((d.dataset_id * 2654435761) % (12::int8 << 20)) << 38 as p) x
where y.name = 'raw_image'"""
SEARCHES = (
    "overlaps circle(10, -20, 1)",
    "taint = 'bad'",
    "taint is null",
    "overlaps box(10, -20, 2, 2) and taint is null",
)


def test_searches_for_datasets_read_no_large_table_from_end_to_end(full: Watch) -> None:
    with full.connection.transaction(force_rollback=True):
        full.connection.execute("set local session_replication_role = replica")
        full.connection.execute(PLACES)
        full.connection.execute("analyze registry.region")
        with _reader(full.connection):
            for where in SEARCHES:
                statement, values = compose(Search(where=where), partial(_answer, full.connection), 1000)
                full.read()
                RawCursor(full.connection).execute(statement, values)
                read = full.read()
                assert read, where
                assert not [table for table, of in read.items() if of.end_to_end or of.rows > LARGE], where


def _answer(connection: Connection[Any], statement: str, values: Sequence[Any], _: int) -> Answer:
    """Answer what the composing of a question asks before."""
    return Answer((), RawCursor(connection).execute(statement, values).fetchall(), cut=False)


@contextmanager
def _reader(connection: Connection[Any]) -> Iterator[None]:
    """Let the connection be a reader's, set as queries are."""
    with connection.transaction(force_rollback=True):
        connection.execute("set local role skyledger_reader")
        for setting, value in {**LOCAL, "plan_cache_mode": "force_custom_plan"}.items():
            connection.execute("select set_config(%s, %s, true)", [setting, value])
        yield


def _told(connection: Connection[Any]) -> dict[str, Any]:
    """Give a value for every parameter that some query needs, all about one image."""
    row = connection.execute(
        """select s.instrument, s.visit, s.detector, s.dataset_id, s.ra, s.dec, s.sourceid,
                  (select min(u.unit_id) from work.unit u where u.state = 'dead'), 'run150', 'calibrate.metric7', 8,
                  'source', 'psfflux', 'stars', 1,
                  'campaign1', 4
           from catalog.source s order by s.dataset_id, s.sourceid offset 400000 limit 1"""
    ).fetchone()
    asked = (
        "instrument visit detector dataset ra dec source_id unit run metric n catalog column position_list object_id "
        "campaign turn"
    )
    return dict(zip(asked.split(), row or (), strict=True))


def _calls(query: Query, told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give what a query is called with: what it must be told, and then for one run as well."""
    needed = [parameter.name for parameter in query.parameters if parameter.default is None]
    given = {name: told[name] for name in (*needed, *ASKED.get(query.name, ()))}
    if query.name not in ALL:
        yield given
    narrowing = ALL.get(query.name, "run")
    if narrowing in {parameter.name for parameter in query.parameters} - set(given):
        yield given | {narrowing: told[narrowing]}


def _read(full: Watch, query: Query, given: Mapping[str, Any]) -> dict[int, dict[str, Read]]:
    """Give what the first and the last execution read."""
    cursor = RawCursor(full.connection)
    values = with_loads(full.connection, query, bind(query, given))
    found = {}
    for time in range(1, TIMES + 1):
        full.read()
        assert cursor.execute(query.statement, values).fetchall() or query.name not in ANSWERED or "run" in given
        if time in (1, TIMES):
            found[time] = full.read()
    return found
