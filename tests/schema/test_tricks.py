"""Tricks: every way that we know to change what was registered, tried by those who work, read and own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import psycopg
import pytest
from psycopg import Connection, errors, sql
from psycopg.conninfo import make_conninfo
from psycopg.pq import TransactionStatus

from schema.migrate import initialise
from schema.settings import Settings
from tests.schema.test_append_only import IDENTITY, ONE_COLUMN, TABLES, identifier
from tests.support.rows import ROWS

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]
REGISTERED = sorted([*IDENTITY, *ONE_COLUMN])
APPEND_ONLY, SEALED = "P0A01", "P0A02"
# Want of a privilege, and what cannot be done to a relation of that kind by anybody.
PRIVILEGE = (errors.InsufficientPrivilege, errors.WrongObjectType, errors.ObjectNotInPrerequisiteState)

# Each on its own is refused for want of a privilege; {me} is the login that tries.
STEALING = [
    "set role skyledger_owner",
    "set session authorization skyledger_owner",
    "set session_replication_role = replica",
    "alter system set session_replication_role = replica",
    "alter database {database} set session_replication_role = replica",
    "alter role {me} superuser",
    "grant skyledger_owner to {me}",
    "alter table registry.dataset owner to {me}",
    "alter table registry.dataset disable trigger all",
    "alter table registry.dataset disable trigger no_change",
    "alter table registry.dataset disable row level security",
    "alter table registry.collection disable trigger sealed",
    "drop trigger no_change on registry.dataset",
    "drop function registry.refuse_change cascade",
    "alter function registry.refuse_change() owner to {me}",
    "create or replace function registry.refuse_change() returns trigger language sql as 'select null'",
    "create function public.mine() returns void language sql security definer as 'delete from registry.dataset'",
    "create function pg_temp.mine() returns void language sql security definer as 'delete from registry.dataset'",
    "create rule mine as on select to registry.dataset do instead nothing",
    "create rule mine as on insert to registry.dataset do also delete from registry.member",
    "create view public.mine as select * from registry.dataset",
    "create table registry.mine () inherits (registry.dataset)",
    "create trigger mine before insert on registry.dataset for each row execute function registry.refuse_change()",
    "create policy mine on registry.dataset using (true)",
    "do $$ begin execute 'update registry.dataset set n_rows = 0'; end $$",
    "with x as (delete from registry.dataset returning 1) select * from x",
    "update public.dataset set n_rows = 0",
    "delete from public.member",
    "insert into public.mark (verdict) values ('bad')",
    "update public.collection set sealed_at = null",
    "update public.footprint set ranges = '{{}}'",
    "delete from public.configuration",
    "copy registry.dataset from program 'true'",
    "copy registry.quantum from stdin",
    "select pg_catalog.lo_import('/etc/hostname')",
    "select pg_catalog.set_config('session_replication_role', 'replica', false)",
    "comment on table registry.dataset is 'mine'",
    "truncate registry.dataset cascade",
    "refresh materialized view registry.dataset",
]


def verbs(table: str) -> dict[str, sql.Composed]:
    """Give a statement of every kind that would change rows that are there."""
    column = sql.Identifier(list(TABLES[table].columns.keys())[-1])
    keys = sql.SQL(", ").join(map(sql.Identifier, TABLES[table].primary_key.columns.keys()))
    name = identifier(table)
    merge = sql.SQL("merge into {} t using (select 1) s on true when matched then ").format(name)
    return {
        "update": sql.SQL("update {} set {} = {}").format(name, column, column),
        "update from": sql.SQL("update {} t set {} = s.{} from {} s").format(name, column, column, name),
        "delete": sql.SQL("delete from {}").format(name),
        "truncate": sql.SQL("truncate {} cascade").format(name),
        "merge update": merge + sql.SQL("update set {} = t.{}").format(column, column),
        "merge delete": merge + sql.SQL("delete"),
        "insert on conflict": sql.SQL(
            "insert into {} overriding system value select * from {} on conflict ({}) do update set {} = excluded.{}"
        ).format(name, name, keys, column, column),
    }


def seal_all(connection: Connection[Any]) -> None:
    """Seal every collection, chains after what they are searched in."""
    for chained in (False, True):
        connection.execute("update registry.collection set sealed_at = now() where (kind = 'chained') = %s", [chained])


def refusal(connection: Connection[Any], statement: sql.Composed) -> errors.Error | None:
    """Try a statement; give what refused it, None if nothing did."""
    idle = connection.info.transaction_status is TransactionStatus.IDLE  # some statements cannot be in a transaction
    try:
        with nullcontext() if idle else connection.transaction():
            connection.execute(statement)
    except errors.Error as error:
        return error
    return None


def everything(connection: Connection[Any]) -> dict[str, list[str]]:
    """Give every row of every registered table."""
    return {
        table: sorted(
            row[0] for row in connection.execute(sql.SQL("select t::text from {} t").format(identifier(table)))
        )
        for table in REGISTERED
    }


@contextmanager
def intruder(administrator: str, using: Settings, role: str) -> Iterator[tuple[Connection[Any], str]]:
    """Give a session of a login of its own that is a member of a role, as users of a real server are."""
    name = f"intruder_{role}_{os.getpid()}"
    assert using.database_url
    with psycopg.connect(administrator, autocommit=True) as admin:
        admin.execute(f"create role {name} login password 'secret' in role skyledger_{role}".encode())
        try:
            url = make_conninfo(using.database_url.get_secret_value(), user=name, password="secret")
            with psycopg.connect(url, autocommit=True) as session:
                yield session, name
        finally:
            admin.execute(f"drop role {name}".encode())


@pytest.mark.parametrize("role", ["worker", "reader"])
def test_no_role_changes_anything_by_any_verb(
    owner: Connection[Any], ledger: Settings, administrator: str, role: str
) -> None:
    owner.execute(ROWS)
    seal_all(owner)
    initialise(ledger)  # a copy of a database does not copy who may make what in it
    before = everything(owner)
    assert all(before.values())
    with intruder(administrator, ledger, role) as (session, me):
        for table in REGISTERED:
            for verb, statement in verbs(table).items():
                assert isinstance(refusal(session, statement), errors.InsufficientPrivilege), (verb, table)
        for text in STEALING:
            statement = sql.SQL(text).format(me=sql.Identifier(me), database=sql.Identifier(owner.info.dbname))
            assert isinstance(refusal(session, statement), PRIVILEGE), text
        # Who grants what he does not have gets at most a warning, and nothing else.
        refusal(session, sql.SQL("grant all on registry.dataset to {me}").format(me=sql.Identifier(me)))
        assert isinstance(refusal(session, verbs("registry.dataset")["update"]), errors.InsufficientPrivilege)
    assert everything(owner) == before


@pytest.mark.parametrize("table", REGISTERED)
def test_the_owner_changes_nothing_by_any_verb(filled: Connection[Any], table: str) -> None:
    """What has a state keeps the rest; a sealed collection keeps that, too."""
    seal_all(filled)
    for verb, statement in verbs(table).items():
        if table in ("registry.artifact", "quality.specification", "registry.mark") and "delete" not in verb:
            continue  # the column that changes is tried in test_append_only
        found = refusal(filled, statement)
        assert found is not None, verb
        assert found.sqlstate in (APPEND_ONLY, SEALED), (verb, found)


@pytest.mark.parametrize("table", ["registry.dataset", "registry.config", "registry.task_version"])
def test_copy_adds_and_never_replaces(filled: Connection[Any], table: str) -> None:
    name = identifier(table)
    with filled.cursor() as cursor, cursor.copy(sql.SQL("copy {} to stdout").format(name)) as copy:
        rows = b"".join(bytes(row) for row in copy)
    assert rows
    into = sql.SQL("copy {} from stdin").format(name)
    with pytest.raises(errors.UniqueViolation), filled.cursor() as cursor, cursor.copy(into) as copy:
        copy.write(rows)


@pytest.mark.parametrize(
    ("trick", "refused"),
    [
        ("set session_replication_role = replica", errors.InsufficientPrivilege),
        ("alter table registry.dataset disable trigger all", errors.InsufficientPrivilege),
        ("set session authorization postgres", errors.Error),
        ("alter role skyledger_owner superuser", errors.InsufficientPrivilege),
    ],
)
def test_the_owner_is_no_superuser(filled: Connection[Any], trick: str, refused: type[errors.Error]) -> None:
    with pytest.raises(refused), filled.transaction():
        filled.execute(trick.encode())


def test_an_owner_who_changes_the_schema_can_change_what_it_guards(filled: Connection[Any]) -> None:
    """That is the limit: who owns the tables may take their guards off, by DDL that says so and that a log keeps."""
    filled.execute("alter table registry.dataset disable trigger no_change")
    assert filled.execute("update registry.dataset set n_rows = 5").rowcount == 1


def test_functions_that_act_as_the_owner_change_nothing_for_readers(scratch: Connection[Any]) -> None:
    rows = scratch.execute(
        """select p.oid::regprocedure::text, p.provolatile from pg_proc p
           where p.pronamespace::regnamespace::text = any('{registry,work,ingest,public}')
             and has_function_privilege('skyledger_reader', p.oid, 'execute')"""
    ).fetchall()
    assert len(rows) > 3
    assert {name for name, volatile in rows if volatile == "v"} == set()
