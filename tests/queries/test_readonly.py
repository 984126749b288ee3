"""SQL from users: what is answered, and every way out that we could think of."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from queries.errors import RefusedSql, TimeLimit
from queries.readonly import HARMLESS, Answer, Limits, answer_user
from schema.settings import Settings

LONG = "select count(*) from generate_series(1, 1000000000000)"
ATTACKS = {
    "set statement_timeout = 0": "not a query",
    "set session characteristics as transaction read write": "not a query",
    "set transaction read write": "not a query",
    "set role postgres": "not a query",
    "reset role": "not a query",
    "begin": "not a query",
    "do $$ begin perform 1; end $$": "not a query",
    "copy (select 1) to program 'touch /tmp/x'": "not a query",
    "copy source to stdout": "not a query",
    "create temp table t (x int)": "not a query",
    "select * into temp t from source": "not a query",
    "prepare p as select 1": "not a query",
    "declare c cursor with hold for select 1": "not a query",
    "listen x": "not a query",
    "lock table source": "not a query",
    "": "not a query",
    "-- nothing": "not a query",
    "select 1; drop table registry.dataset": "more than one",
    "select 1; select 2": "more than one",
    "select set_config('statement_timeout', '0', false), pg_sleep(60)": "pg_sleep may do more than read",
    "select set_config('role', 'none', true), table_to_xml('pg_authid', true, true, '')": "set_config may do more",
    "select \"set_config\"('role', 'none', true)": "set_config may do more",
    "select U&\"\\0073et_config\"('role', 'none', true)": "write them plainly",
    "select pg_catalog . /* hidden */ pg_terminate_backend (1)": "pg_terminate_backend may do more",
    "select pg_cancel_backend(1)": "pg_cancel_backend may do more",
    "select pg_advisory_lock(1)": "pg_advisory_lock may do more",
    "select query_to_xml('select pg_' || 'sleep(9)', true, true, '')": "query_to_xml may do more",
    "select lo_create(0)": "lo_create may do more",
    "select pg_notify('a', 'b')": "pg_notify may do more",
    "select pg_read_file('/etc/passwd')": "permission denied for function pg_read_file",
    "select nextval('work.fence')": "nextval may do more",
    "select work.retry(array[1])": "permission denied for schema work",
    "select * from pg_authid": "permission denied for table pg_authid",
    "select * from registry.dataset": "permission denied for table dataset: readers see the views in the schema public",
    "select * from catalog.source": "permission denied for schema catalog",
    "explain analyze update pg_settings set setting = 'none' where name = 'role'": "it would write",
    "with x as (delete from alembic_version returning 1) select * from x": "it would write",
    "explain analyze delete from instrument": "permission denied for view instrument",
}


def ask(using: Settings, statement: str, limits: Limits | None = None) -> Answer:
    return answer_user(statement, using, limits or Limits())


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_more_than_reading_is_refused_in_one_line(surveyed: Settings, attack: str) -> None:
    with pytest.raises(RefusedSql, match=ATTACKS[attack]) as refusal:
        ask(surveyed, attack)
    assert "\n" not in str(refusal.value)


def test_a_writing_with_is_refused_even_where_the_reader_may_write(ledger: Settings, owner: Connection[Any]) -> None:
    owner.execute("grant insert on alembic_version to public")
    with pytest.raises(RefusedSql, match="it would write: only reading"):
        ask(ledger, "with x as (insert into alembic_version values ('9') returning 1) select * from x")


def test_an_update_of_pg_settings_inside_a_with_changes_nothing(surveyed: Settings) -> None:
    inside = "with x as (update pg_settings set setting = 'none' where name = 'role') select current_setting('role')"
    assert ask(surveyed, inside).rows == [("skyledger_reader",)]


def test_nothing_stays_behind(surveyed: Settings) -> None:
    limits = "select current_setting('statement_timeout'), current_setting('transaction_read_only')"
    before = ask(surveyed, limits).rows
    with pytest.raises(RefusedSql):
        ask(surveyed, "set statement_timeout = 0")
    assert before == ask(surveyed, limits).rows == [("1min", "on")]


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("selec 1", (1, 1)),
        ("select ra\nfrom source\nwhere dek > 0", (3, 7)),
        ("select 'é', ra fron source", (1, 21)),
    ],
)
def test_a_mistake_is_placed_by_line_and_column(surveyed: Settings, statement: str, place: tuple[int, int]) -> None:
    with pytest.raises(RefusedSql, match=f"at line {place[0]}, column {place[1]}") as refusal:
        ask(surveyed, statement)
    assert refusal.value.place == place


def test_the_hint_of_the_server_is_passed_on(surveyed: Settings) -> None:
    with pytest.raises(RefusedSql, match=r'perhaps you meant to reference the column "source\.psfflux"'):
        ask(surveyed, "select psfflu from source")


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("select 1 / 0", "division by zero"),
        ("select $1", r"it has a parameter such as \$1: write the value in its place"),
        ("select '\udcff'", "its character 9 is no UTF-8"),
    ],
)
def test_what_cannot_be_computed_is_one_sentence(surveyed: Settings, statement: str, problem: str) -> None:
    with pytest.raises(RefusedSql, match=problem):
        ask(surveyed, statement)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("date", "infinity"),
        ("date", "0044-03-15 BC"),
        ("timestamptz", "-infinity"),
        ("timestamp", "12000-01-01 00:00:00"),
        ("time", "24:00:00"),
    ],
)
def test_times_that_python_cannot_hold_are_text(surveyed: Settings, kind: str, text: str) -> None:
    assert ask(surveyed, f"select '{text}'::{kind}, array['{text}'::{kind}]").rows == [(text, [text])]


def test_an_infinite_interval_is_not_zero(surveyed: Settings) -> None:
    if ask(surveyed, "select current_setting('server_version_num')::int < 170000").rows[0][0]:
        pytest.skip("infinite intervals came with PostgreSQL 17")
    assert ask(surveyed, "select interval 'infinity'").rows == [("infinity",)]


def test_other_times_are_those_of_python(surveyed: Settings) -> None:
    found = ask(surveyed, "select date '2020-01-02', timestamptz '2020-01-02 03:04+01', interval '90 s'").rows
    assert found == [(date(2020, 1, 2), datetime(2020, 1, 2, 2, 4, tzinfo=UTC), timedelta(seconds=90))]


def test_the_watchdog_cancels_what_runs_too_long(ledger: Settings, owner: Connection[Any]) -> None:
    with pytest.raises(TimeLimit, match=r"cancelled after 0\.3 s") as limit:
        ask(ledger, LONG, Limits(seconds=0.3))
    # Not the server's own limit, which is the second net.
    assert "user request" in str(limit.value.__cause__)
    running = """select count(*) from pg_stat_activity
                 where datname = current_database() and state = 'active' and pid <> pg_backend_pid()"""
    assert owner.execute(running).fetchone() == (0,)


def test_what_is_quick_is_not_cancelled(surveyed: Settings) -> None:
    assert ask(surveyed, "select 1", Limits(seconds=20)).rows == [(1,)]


def test_rows_over_the_limit_are_cut_and_that_is_said(surveyed: Settings) -> None:
    found = ask(surveyed, "select generate_series(1, 5)", Limits(rows=3))
    assert found.rows == [(1,), (2,), (3,)]
    assert found.note == "only the first 3 rows are given: ask for less, or raise the row limit"


def test_rows_up_to_the_limit_are_whole(surveyed: Settings) -> None:
    found = ask(surveyed, "select generate_series(1, 5)", Limits(rows=5))
    assert (len(found.rows), found.note) == (5, None)


def test_rows_that_are_cut_are_never_computed(surveyed: Settings) -> None:
    begun = time.monotonic()
    found = ask(surveyed, "select generate_series(1, 1000000000000)", Limits(seconds=60, rows=10))
    assert (len(found.rows), found.cut) == (10, True)
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize(
    "statement",
    [
        "select 1",
        "with x as (select 1) select * from x",
        "values (1)",
        "table instrument",
        "(select 1) union all select 2",
        "/* a /* nested */ comment */ select 1 -- and one more",
        "explain select * from source",
        "select random(), clock_timestamp(), gen_random_uuid()",
        "select 1;",
        "select '100 %s'",
    ],
)
def test_reading_is_answered(surveyed: Settings, statement: str) -> None:
    assert ask(surveyed, statement).columns


def test_an_empty_answer_has_its_columns(surveyed: Settings) -> None:
    found = ask(surveyed, "select ra, dec from source where false")
    assert (found.names, found.rows, found.note) == (["ra", "dec"], [], None)


def test_columns_of_one_name_get_numbers(surveyed: Settings) -> None:
    assert ask(surveyed, "select 1 as a, 2 as a, 3 as b").names == ["a", "a_2", "b"]


def test_no_column_of_ours_is_called_like_a_refused_function(owner: Connection[Any]) -> None:
    clashes = owner.execute(
        """select distinct c.column_name from information_schema.columns c
           join pg_proc p on p.proname = c.column_name and p.provolatile = 'v'
           where c.table_schema = 'public' and c.column_name <> all(%s)""",
        [list(HARMLESS)],
    ).fetchall()
    assert clashes == []
