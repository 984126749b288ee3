"""Comments: the database explains itself, everywhere."""

from typing import Any

import pytest
from psycopg import Connection, sql

from schema.base import SCHEMAS

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]

# The contract for users. What is added here is documented; what is taken away breaks somebody's notebook.
VIEWS = {
    "instrument", "exposure", "visit", "visit_detector", "dataset", "work_unit", "execution", "measurement", "source",
    "reference_star", "run", "lineage", "member", "header_correction", "specification", "verdict",
    "execution_log", "unit_input", "mark", "forced_source", "queue_depth", "throughput", "latency", "failure_class",
    "table_size", "run_pace", "worker", "oldest_snapshot", "load", "file_statistics", "taint", "reproduction",
    "collection", "chain", "tenure", "saved_query", "footprint", "coverage",
    "metric", "dataset_metric", "dataset_type", "configuration", "task_version",
    "recipe", "nondeterminism", "load_file",
    "campaign", "campaign_turn", "campaign_exclusion", "campaign_verdict", "patch", "visit_patch", "expected_image",
    "truth_object", "truth_source", "truth_detector", "truth_crosstalk",
}  # fmt: skip

RELATIONS = """
select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any(array(select name from names)) and c.relkind in ('r', 'p', 'v')
  and c.relname <> 'alembic_version'"""

SILENT = {
    "schemas": """
        select nspname from pg_namespace n
        where nspname = any(array(select name from names))
          and coalesce(trim(obj_description(n.oid, 'pg_namespace')), '') = ''""",
    "tables and views": """
        select c.oid::regclass::text from ours c
        where coalesce(trim(obj_description(c.oid, 'pg_class')), '') = ''""",
    "columns": """
        select c.oid::regclass || '.' || a.attname
        from ours c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where coalesce(trim(col_description(c.oid, a.attnum)), '') = ''""",
    "functions": """
        select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = any(array(select name from names))
          and coalesce(trim(obj_description(p.oid, 'pg_proc')), '') = ''""",
}  # fmt: skip


def silent(connection: Connection[Any], kind: str, schemas: list[str]) -> set[str]:
    """Give what has no comment in some schemas."""
    words = {"ours": sql.SQL(RELATIONS), "silent": sql.SQL(SILENT[kind])}
    query = sql.SQL("with names (name) as (select unnest(%s::text[])), ours as ({ours}) {silent}").format(**words)
    return {name for (name,) in connection.execute(query, [schemas])}


@pytest.mark.parametrize("kind", SILENT)
def test_everything_has_a_comment(scratch: Connection[Any], kind: str) -> None:
    assert silent(scratch, kind, [*SCHEMAS, "public"]) == set()


def test_the_search_for_silence_finds_it(scratch: Connection[Any]) -> None:
    scratch.execute("set local role none")
    scratch.execute("create schema mute")
    scratch.execute("create table mute.t (a int)")
    scratch.execute("create view mute.v as select 1 as b")
    scratch.execute("create function mute.f() returns int language sql as 'select 1'")
    assert {kind: silent(scratch, kind, ["mute"]) for kind in SILENT} == {
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
        """select c.relname || '.' || a.attname
           from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
           where c.relnamespace = 'catalog'::regnamespace and c.relkind in ('r', 'p')
             and col_description(c.oid, a.attnum) !~ '\\([a-z0-9.;A-Z]+\\)$'"""
    )
    assert rows.fetchall() == []
