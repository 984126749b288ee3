"""Comments: the database explains itself, everywhere."""

from typing import Any

import pytest
from psycopg import Connection

from schema.base import SCHEMAS

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]

# The contract for users. What is added here is documented; what is taken away breaks somebody's notebook.
VIEWS = {
    "instrument", "exposure", "visit", "visit_detector", "dataset", "work_unit", "execution", "measurement", "source",
    "reference_star", "run", "lineage", "member",
}  # fmt: skip

RELATIONS = """
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any(%s) and c.relkind in ('r', 'p', 'v') and c.relname <> 'alembic_version'"""

SILENT = {
    "schemas": """
        select nspname from pg_namespace n
        where nspname = any(%s) and coalesce(trim(obj_description(n.oid, 'pg_namespace')), '') = ''""",
    "tables and views": f"""
        select c.oid::regclass::text {RELATIONS} and coalesce(trim(obj_description(c.oid, 'pg_class')), '') = ''""",
    "columns": f"""
        select c.oid::regclass || '.' || a.attname
        from (select c.oid {RELATIONS}) c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where coalesce(trim(col_description(c.oid, a.attnum)), '') = ''""",
    "functions": """
        select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = any(%s) and coalesce(trim(obj_description(p.oid, 'pg_proc')), '') = ''""",
}  # fmt: skip


@pytest.mark.parametrize("kind", SILENT)
def test_everything_has_a_comment(scratch: Connection[Any], kind: str) -> None:
    assert scratch.execute(SILENT[kind].encode(), [[*SCHEMAS, "public"]]).fetchall() == []


def test_the_search_for_silence_finds_it(scratch: Connection[Any]) -> None:
    scratch.execute("create schema mute")
    scratch.execute("create table mute.t (a int)")
    scratch.execute("create view mute.v as select 1 as b")
    scratch.execute("create function mute.f() returns int language sql as 'select 1'")
    found = {kind: {name for (name,) in scratch.execute(query.encode(), [["mute"]])} for kind, query in SILENT.items()}
    assert found == {
        "schemas": {"mute"},
        "tables and views": {"mute.t", "mute.v"},
        "columns": {"mute.t.a", "mute.v.b"},
        "functions": {"mute.f()"},
    }


def test_the_public_views_are_the_contract(scratch: Connection[Any]) -> None:
    rows = scratch.execute("select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'v'")
    assert {name for (name,) in rows} == VIEWS


def test_every_science_column_tells_its_ucd(scratch: Connection[Any]) -> None:
    rows = scratch.execute(
        """select c.relname || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
           where c.relnamespace = 'catalog'::regnamespace and c.relkind in ('r', 'p')
             and col_description(c.oid, a.attnum) !~ '\\([a-z0-9.;A-Z]+\\)$'"""
    )
    assert rows.fetchall() == []
