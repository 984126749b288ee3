"""Append-only: what a hash stands for, and what a sealed collection holds, nobody changes."""

from typing import Any

import pytest
from psycopg import Connection, errors, sql

from schema.base import metadata
from schema.build import import_tables
from schema.connect import connect
from schema.settings import Settings
from tests.support.rows import ROWS

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]

import_tables()
# Whatever is not named here is identity: a new table is guarded, or it is put on one of these lists on purpose.
STATE = {
    "ingest.load", "ingest.load_file", "work.share", "work.unit", "work.dependency", "work.ready", "work.batch",
    "work.settled", "work.resolver", "work.worker", "work.queue", "work.low_water",
    "work.place",
}  # fmt: skip
ONE_COLUMN = {
    "registry.artifact": "state",
    "registry.member": "until",
    "registry.mark": "revoked_at",
    "registry.collection": "sealed_at",
    "registry.collection_chain": "until",
    "registry.calibration_validity": "until",
    "quality.specification": "until",
}
KEPT = {"ingest.load", "work.unit", "work.worker"}
TABLES = {name: table for name, table in metadata.tables.items() if table.schema not in ("catalog", "catalog_part")}
IDENTITY = sorted(TABLES.keys() - STATE - ONE_COLUMN.keys())


def identifier(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))


def update(table: str, column: str) -> sql.Composed:
    name = sql.Identifier(column)
    return sql.SQL("update {} set {} = {}").format(identifier(table), name, name)


def test_the_lists_name_tables_that_exist() -> None:
    assert TABLES.keys() >= STATE | ONE_COLUMN.keys() | KEPT
    assert len(IDENTITY) > 20


@pytest.mark.parametrize("table", IDENTITY)
@pytest.mark.parametrize("verb", ["update", "delete", "truncate"])
def test_identity_is_never_changed(filled: Connection[Any], table: str, verb: str) -> None:
    statement = {
        "update": update(table, list(TABLES[table].columns.keys())[-1]),
        "delete": sql.SQL("delete from {}").format(identifier(table)),
        "truncate": sql.SQL("truncate {} cascade").format(identifier(table)),
    }[verb]
    with pytest.raises(
        errors.Error, match=f"{table} is append-only: {verb.upper()} refused" if verb != "truncate" else "append-only"
    ) as refusal:
        filled.execute(statement)
    assert refusal.value.sqlstate == "P0A01"


@pytest.mark.parametrize("table", IDENTITY)
def test_an_identity_table_guards_itself_against_truncation(filled: Connection[Any], table: str) -> None:
    rows = filled.execute(
        "select tgname from pg_trigger where tgrelid = %s::regclass and tgenabled = 'O' and not tgisinternal",
        [table],
    )
    assert {"no_change", "no_truncate"} <= {name for (name,) in rows}


@pytest.mark.parametrize(("table", "free"), sorted(ONE_COLUMN.items()))
def test_one_column_tells_what_became_of_the_row_and_the_rest_stays(
    filled: Connection[Any], table: str, free: str
) -> None:
    value = {"state": "'missing'", "until": "now()", "revoked_at": "now()", "sealed_at": "now()"}[free]
    change = sql.SQL("update {} set {} = {}").format(identifier(table), sql.Identifier(free), sql.SQL(value))
    if table == "registry.collection":
        seal(filled, "Toy/run")  # before the chain that is searched in it
        change += sql.SQL(" where sealed_at is null")
    assert filled.execute(change).rowcount >= 1
    for column in TABLES[table].columns:
        if column.name == free or column.identity is not None:
            continue
        other = sql.SQL("update {} set {} = {}").format(
            identifier(table), sql.Identifier(column.name), sql.SQL(another(column.type))
        )
        with pytest.raises(errors.Error, match="append-only"), filled.transaction():
            filled.execute(other)


def another(kind: Any) -> str:
    """Give an SQL value of a type that no row has."""
    return {
        "INT8RANGE": "'[5,6)'",
        "TEXT": "'other'",
        "BYTEA": "sha256('other')",
        "BLOB": "sha256('other')",
        "DATETIME": "'2001-01-01'",
    }.get(str(kind), "-1")


@pytest.mark.parametrize("table", sorted(ONE_COLUMN.keys() | {"ingest.load"}))
def test_what_has_a_state_is_not_deleted_either(filled: Connection[Any], table: str) -> None:
    with pytest.raises(errors.Error, match=f"{table} is append-only: DELETE refused"):
        filled.execute(sql.SQL("delete from {}").format(identifier(table)))


@pytest.mark.parametrize("table", sorted(ONE_COLUMN.keys() | KEPT))
def test_nothing_of_it_is_truncated(filled: Connection[Any], table: str) -> None:
    with pytest.raises(errors.Error, match="append-only: TRUNCATE refused"):
        filled.execute(sql.SQL("truncate {} cascade").format(identifier(table)))


@pytest.mark.parametrize("table", sorted(ONE_COLUMN.keys() - {"registry.artifact", "quality.specification"}))
def test_what_has_ended_has_ended(filled: Connection[Any], table: str) -> None:
    """Nobody brings a member back into the past, breaks a seal or takes back that a mark was taken back."""
    free = ONE_COLUMN[table]
    if table == "registry.collection":
        seal(filled, "Toy/chain")
    else:
        filled.execute(sql.SQL("update {} set {} = now()").format(identifier(table), sql.Identifier(free)))
    for value in ("null", "'infinity'", "now() + interval '1 s'"):
        again = sql.SQL("update {} set {} = {}").format(identifier(table), sql.Identifier(free), sql.SQL(value))
        with pytest.raises(errors.Error, match=r"append-only|is sealed|keeps its history"), filled.transaction():
            filled.execute(again)


def seal(connection: Connection[Any], name: str) -> None:
    if name == "Toy/chain":
        seal(connection, "Toy/run")
    connection.execute("update registry.collection set sealed_at = now() where name = %s", [name])


ENTER = """insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how, until)
           select c.collection_id, m.dataset_type_id, m.coordinate_id, m.dataset_id, 'tagged', now()
           from registry.member m, registry.collection c where c.name = 'Toy/run' limit 1"""
MOVE = """update registry.calibration_validity v set collection_id = other.collection_id
          from registry.collection other where other.name = 'Toy/other'"""
CERTIFY = """insert into registry.calibration_validity
               (collection_id, dataset_type_id, coordinate_id, dataset_id, valid)
             select collection_id, dataset_type_id, coordinate_id, dataset_id, '[200,300)'
             from registry.calibration_validity"""
LINK = """insert into registry.collection_chain (parent, position, child)
          select parent, 7, {} from registry.collection_chain"""
OTHER = "(select collection_id from registry.collection where name = 'Toy/other')"


@pytest.mark.parametrize(
    ("collection", "change"),
    [
        ("Toy/run", ENTER),
        ("Toy/run", "update registry.member set until = now()"),
        ("Toy/run", "delete from registry.member"),
        ("Toy/run", "insert into registry.member overriding system value select * from registry.member"
                    " on conflict (member_id) do update set until = now()"),
        ("Toy/run", "merge into registry.member using (select 1) s on true when matched then update set until = now()"),
        ("Toy/run", "merge into registry.member using (select 1) s on true when matched then delete"),
        ("Toy/chain", "update registry.collection_chain set until = now()"),
        ("Toy/chain", "update registry.collection_chain set position = 1"),
        ("Toy/chain", "delete from registry.collection_chain"),
        ("Toy/chain", LINK.format(OTHER)),
        ("Toy/calib", "update registry.calibration_validity set until = now()"),
        ("Toy/calib", "update registry.calibration_validity set valid = '[0,50)'"),
        ("Toy/calib", "delete from registry.calibration_validity"),
        ("Toy/calib", CERTIFY),
        ("Toy/calib", MOVE),
    ],
)  # fmt: skip
def test_a_sealed_collection_stays_what_it_was(filled: Connection[Any], collection: str, change: str) -> None:
    filled.execute(
        "insert into registry.collection (name, kind, doc) values ('Toy/other', 'calibration', 'Another one.')"
    )
    seal(filled, collection)
    with pytest.raises(errors.Error, match=f"collection {collection} is sealed: nothing enters|append-only") as refusal:
        filled.execute(change.encode())
    assert refusal.value.sqlstate in ("P0A01", "P0A02")


def test_one_sealed_collection_of_several_refuses_the_whole_statement(filled: Connection[Any]) -> None:
    filled.execute("insert into registry.collection (name, kind, doc) values ('Toy/open', 'tagged', 'Another one.')")
    both = ENTER.replace("c.name = 'Toy/run' limit 1", "c.name in ('Toy/run', 'Toy/open')")
    before = filled.execute("select count(*) from registry.member").fetchone()
    seal(filled, "Toy/run")
    with pytest.raises(errors.Error, match="collection Toy/run is sealed"), filled.transaction():
        filled.execute(both.encode())
    assert filled.execute("select count(*) from registry.member").fetchone() == before


@pytest.mark.parametrize("change", ["sealed_at = null", "sealed_at = now()", "name = 'Toy/renamed'", "kind = 'tagged'"])
def test_a_seal_is_never_broken(filled: Connection[Any], change: str) -> None:
    seal(filled, "Toy/run")
    statement = sql.SQL("update registry.collection set {} where name = 'Toy/run'").format(sql.SQL(change))
    with pytest.raises(errors.Error, match="append-only"):
        filled.execute(statement)


def test_an_open_collection_is_filled_and_emptied(filled: Connection[Any]) -> None:
    seal(filled, "Toy/calib")
    filled.execute("update registry.member set until = now()")
    assert filled.execute(ENTER.encode()).rowcount == 1


def test_nothing_enters_while_a_collection_is_being_sealed(owner: Connection[Any], ledger: Settings) -> None:
    owner.execute(ROWS)
    owner.execute("update registry.member set until = now()")
    with connect("owner", ledger) as other, other.transaction(force_rollback=True):
        other.execute(ENTER.encode())
        owner.execute("set lock_timeout = '100 ms'")
        with pytest.raises(errors.LockNotAvailable):
            seal(owner, "Toy/run")
    with owner.transaction():
        seal(owner, "Toy/run")
        with connect("worker", ledger) as worker:
            worker.execute("set lock_timeout = '100 ms'")
            with pytest.raises(errors.LockNotAvailable):
                worker.execute(ENTER.encode())
