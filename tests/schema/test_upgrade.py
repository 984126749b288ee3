"""Upgrades of ledgers with rows in them: nothing changes but what is new, which says that nothing was measured."""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from alembic import command
from psycopg import Connection, errors, sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from pydantic import SecretStr

from ingest.loads.retire import chosen, retire
from schema import migrate
from schema.build import VIEWS
from schema.catalog.definition import names
from schema.catalog.history import LENGTHS
from schema.connect import connect, dsn
from schema.errors import LedgerInUse
from schema.migrate import alembic_config, initialise, prepare
from schema.settings import Settings
from schema.version import REVISION, revision
from tests.support.loads import add_datasets, publish, rows_of
from tests.support.queue import add_units, call, drain, enlist, fail, faults, settle, states, wait_for_lock
from tests.support.rows import ROWS

pytestmark = pytest.mark.database
FIRST = "0001"
TOKEN = 7
# What revision 0001 did not have yet.
SINCE = (
    "quality.specification", "saved_query", "reproduction", "registry.campaign", "registry.skymap", "registry.tract",
    "registry.patch", "visit_region", "visit_detector_region",
)  # fmt: skip

ROWS_OF_FIRST = ";\n".join(one for one in ROWS.split(";\n") if not any(word in one for word in SINCE)).encode()

VALUES = """
select string_agg(case format_type(a.atttypid, null)
         when 'boolean' then 'false' when 'text' then quote_literal('Toy')
         when 'bigint' then '1' when 'integer' then '1' else '0.5' end, ', ' order by a.attnum)
from pg_attribute a where a.attrelid = format('catalog.%%I', %s::text)::regclass and a.attnum > 2"""

DEMANDS = """
select a.attname, a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = %s::regclass and a.attnum > 0 order by a.attname"""


@pytest.fixture
def old(administrator: str, template: str) -> Iterator[Settings]:
    """Give a ledger of the first revision with a row in everything, and one in each of its catalogs."""
    with ledger_of(FIRST, administrator, f"{template}_old") as using:
        with connect("owner", using, current=False) as owner:
            owner.execute(ROWS_OF_FIRST)
            for catalog in LENGTHS[FIRST]:
                load_a_row(owner, catalog)
        yield using


@contextmanager
def ledger_of(before: str, administrator: str, name: str) -> Iterator[Settings]:
    """Give an empty ledger of an earlier revision."""
    with psycopg.connect(administrator, autocommit=True) as admin:
        admin.execute(f"create database {name}".encode())
    try:
        using = Settings(database_url=SecretStr(make_conninfo(administrator, dbname=name)))
        prepare(using)
        command.upgrade(alembic_config(dsn("owner", using)), before)
        yield using
    finally:
        with psycopg.connect(administrator, autocommit=True) as admin:
            admin.execute(f"drop database {name} with (force)".encode())


def load_a_row(owner: Connection[Any], catalog: str) -> None:
    """Publish a load of one row, by the functions of the revision that is there."""
    run, dataset = owner.execute("select run_id, dataset_id from registry.run, registry.dataset").fetchall()[0]
    opened = owner.execute(
        "select load_id from ingest.open_load(%s, %s, %s, sha256('toy'))", [catalog, run, [dataset]]
    ).fetchall()
    load = opened[0][0]
    staged = owner.execute("select ingest.stage(%s, %s)", [load, TOKEN]).fetchall()[0][0]
    values = owner.execute(VALUES, [catalog]).fetchall()[0][0]
    place = sql.Identifier("catalog_part", staged)
    owner.execute(sql.SQL("insert into {} values (%s, %s, {})").format(place, sql.SQL(values)), [load, dataset])
    owner.execute("select ingest.verify(%s, %s), ingest.publish(%s, %s)", [load, TOKEN, load, TOKEN])


def everything(using: Settings) -> dict[str, list[dict[str, Any]]]:
    """Give every row of every table as PostgreSQL writes it, by table."""
    found: dict[str, list[dict[str, Any]]] = {}
    with connect("owner", using, current=False) as owner, owner.cursor(row_factory=dict_row) as cursor:
        tables = owner.execute(
            """select schemaname, tablename from pg_tables
               where schemaname in ('registry', 'work', 'ingest', 'quality', 'catalog')"""
        ).fetchall()
        for table in tables:
            rows = cursor.execute(sql.SQL("select to_jsonb(t) as row from {} t").format(sql.Identifier(*table)))
            found[".".join(table)] = sorted((row["row"] for row in rows), key=repr)
    return found


# New columns that say what was so before there was a choice.
USUAL = {
    "work.unit.time_limit_s": [3600], "work.worker.queues": [[0]],
    "registry.collection_chain.since": ["-infinity"], "registry.collection_chain.until": ["infinity"],
    "registry.calibration_validity.since": ["-infinity"], "registry.calibration_validity.until": ["infinity"],
    "registry.run.compatibility_class": ["cpu-1"],
}  # fmt: skip
GONE = {"work.share": {"vtime"}}  # it is in work.place now, for each line


def unmeasured(column: str) -> set[Any]:
    """Give what a new column may say of an old row; 0 is false, too."""
    return {True} if column.endswith("_flag") else {"NaN", 0, "", None}


def test_an_upgrade_keeps_every_row_and_says_of_new_columns_that_nothing_was_measured(old: Settings) -> None:
    before = everything(old)
    assert sum(map(len, before.values())) > 40
    assert {name for name, rows in before.items() if name.startswith("catalog.") and rows} == {
        f"catalog.{catalog}" for catalog in LENGTHS[FIRST]
    }
    assert initialise(old) == REVISION
    after = everything(old)
    added = 0
    for table, listed in before.items():
        if table == "work.lease":  # a lease is a place in work.batch now; the next test looks at that
            continue
        rows = [{name: value for name, value in row.items() if name not in GONE.get(table, ())} for row in listed]
        kept = [{name: row[name] for name in row if name in was} for row, was in zip(after[table], rows, strict=True)]
        assert kept == rows, table
        for row, was in zip(after[table], rows, strict=True):
            for column in row.keys() - was.keys():
                place = f"{table}.{column}"
                assert [row[column]] == USUAL[place] if place in USUAL else row[column] in unmeasured(column), place
                added += 1
    assert added > 60
    assert {table for table in after.keys() - before.keys() if after[table]} == {"work.queue"}


def test_views_of_an_upgraded_ledger_answer_its_users(old: Settings) -> None:
    initialise(old)
    with connect("reader", old) as reader:
        for view in (*VIEWS, *names()):
            reader.execute(sql.SQL("select * from {}").format(sql.Identifier(view)))
        assert reader.execute("select n_units, n_cancelled from run").fetchall() == [(1, 0)]
        assert reader.execute("select count(*) from verdict").fetchone() == (0,)
        row = reader.execute("select ra, kronflux, kronflux_flag from source").fetchall()[0]
    assert row[0] == 0.5
    assert math.isnan(row[1])
    assert row[2] is True


def test_partitions_of_before_demand_what_new_ones_do(old: Settings) -> None:
    initialise(old)
    with connect("owner", old) as owner:
        parts = owner.execute("select target, staged from ingest.load where state = 'published'").fetchall()
        assert len(parts) == len(LENGTHS[FIRST])
        for catalog, part in parts:
            _, new = publish(owner, dict.fromkeys(add_datasets(owner, 1), 1), TOKEN, catalog)
            before, now = (owner.execute(DEMANDS, [f"catalog_part.{name}"]).fetchall() for name in (part, new))
            assert before == now
            assert all(demanded for _, demanded, _ in now)
            assert sum(rows_of(owner, catalog).values()) == 2


def test_a_retirement_that_was_interrupted_can_be_ended_after_an_upgrade(administrator: str, template: str) -> None:
    with ledger_of("0003", administrator, f"{template}_retiring") as using:
        with connect("owner", using, current=False) as owner, connect("owner", using, current=False) as reader:
            owner.execute(ROWS_OF_FIRST)
            for catalog in ("reference_star", "source"):
                load_a_row(owner, catalog)
            load, part = owner.execute("select load_id, staged from ingest.load where target = 'source'").fetchall()[-1]
            owner.execute("select ingest.begin_retire(%s::bigint)", [load])
            owner.execute("set lock_timeout = '50ms'")
            with reader.transaction():
                reader.execute("select count(*) from catalog.source")
                with pytest.raises(errors.LockNotAvailable):
                    owner.execute(
                        f"alter table catalog.source detach partition catalog_part.{part} concurrently".encode()
                    )
        initialise(using)
        with connect("owner", using) as owner:
            (left,) = chosen(owner, [])
            assert left.load_id == load
            retire(owner, left)
            assert (rows_of(owner), len(rows_of(owner, "reference_star"))) == ({}, 1)
            assert owner.execute("select to_regclass(%s)", [f"catalog_part.{part}"]).fetchall() == [(None,)]


def test_an_upgrade_that_somebody_holds_up_gives_up_and_has_changed_nothing(
    administrator: str, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "PATIENCE", "50 ms")
    with ledger_of("0003", administrator, f"{template}_busy") as using:
        with connect("owner", using, current=False) as reader, reader.transaction():
            reader.execute("select count(*) from catalog.source")
            with pytest.raises(LedgerInUse, match=r"in use and was not upgraded \(canceling .* stop workers, .*repeat"):
                initialise(using)
            assert revision(reader) == "0003"
        assert initialise(using) == REVISION


SETTLED_BY_0002 = "select work.settle_ok(array[%s], array[%s], '{false}', '{now}', '{now}', '{1}', '{1}', '{log}')"


def test_what_workers_hold_at_an_upgrade_is_theirs_afterwards(administrator: str, template: str) -> None:
    with ledger_of("0002", administrator, f"{template}_queue") as using:
        with connect("owner", using, current=False) as owner:
            units = add_units(owner, 6, hard=[(0, 4), (1, 5)])
            worker = enlist(owner)
            claim = "select unit_id, token from work.claim(%s, 0::smallint, 3, '1 hour')"
            ended, dead, held = owner.execute(claim, [worker]).fetchall()
            owner.execute(SETTLED_BY_0002, ended)
            fail(owner, *dead)
            # What somebody claims while the upgrade begins is seen by it, or nothing is.
            with ThreadPoolExecutor(1) as pool:
                with owner.transaction():
                    (late,) = owner.execute(claim, [worker]).fetchall()
                    upgraded = pool.submit(initialise, using)
                    assert wait_for_lock(owner)
                upgraded.result(60)
        with connect("owner", using) as owner:
            assert states(owner, units) == ["done", "dead", "leased", "leased", "waiting", "waiting"]
            assert owner.execute("select attempt from work_unit order by unit_id").fetchall() == [
                (1,), (1,), (1,), (1,), (0,), (0,)
            ]  # fmt: skip
            assert owner.execute("select unit_id, token, worker_id, batch from work.lease order by 1").fetchall() == [
                (*held, worker, 3),
                (*late, worker, 1),
            ]
            assert faults(owner) == []
            settle(owner, dict([held, late]))
            assert drain(owner, worker) == [units[4]]
            assert states(owner, units) == ["done", "dead", "done", "done", "done", "blocked"]
            assert call(owner, "retry", [units[1]]) == 1
            assert drain(owner, worker) == [units[1], units[5]]
            assert faults(owner) == []
