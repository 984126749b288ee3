"""History: what was in a collection at a time that is over nobody writes anew, not even the owner."""

from typing import Any

import pytest
from psycopg import Connection, errors, sql

from schema.connect import connect
from schema.settings import Settings
from tests.support.rows import ROWS

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]

NOT_NOW = ["now() - interval '1 s'", "clock_timestamp() + interval '1 h'", "'-infinity'"]
FREE = {
    "registry.member": "until",
    "registry.collection_chain": "until",
    "registry.calibration_validity": "until",
    "quality.specification": "until",
    "registry.mark": "revoked_at",
    "registry.collection": "sealed_at",
}
ENTER = {
    "registry.member": """
        insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how, since, until)
        select collection_id, dataset_type_id, coordinate_id, dataset_id, 'tagged', {since}, {until}
        from registry.member""",
    "registry.collection_chain": """
        insert into registry.collection_chain (parent, position, child, since, until)
        select parent, 7, child, {since}, {until} from registry.collection_chain""",
    "registry.calibration_validity": """
        insert into registry.calibration_validity
          (collection_id, dataset_type_id, coordinate_id, dataset_id, valid, since, until)
        select collection_id, dataset_type_id, coordinate_id, dataset_id, '[200,300)', {since}, {until}
        from registry.calibration_validity""",
    "quality.specification": """
        insert into quality.specification (metric_id, name, operator, threshold, description, since, until)
        select metric_id, 'second', operator, threshold, description, {since}, {until} from quality.specification""",
}


COLUMNS = sql.SQL("collection_id, dataset_type_id, coordinate_id, dataset_id, how")


def refused(connection: Connection[Any], statement: sql.Composed) -> None:
    with pytest.raises(errors.Error, match="keeps its history") as refusal, connection.transaction():
        connection.execute(statement)
    assert refusal.value.sqlstate == "P0A06"


def end(table: str, time: str) -> sql.Composed:
    """Give the statement that ends what is open in a table; only the tagged one of the collections."""
    only = sql.SQL("kind = 'tagged'" if table == "registry.collection" else "true")
    name, column = sql.Identifier(*table.split(".")), sql.Identifier(FREE[table])
    return sql.SQL("update {} set {} = {} where {}").format(name, column, sql.SQL(time), only)


def enter(table: str, since: str, until: str) -> sql.Composed:
    return sql.SQL(ENTER[table]).format(since=sql.SQL(since), until=sql.SQL(until))


@pytest.mark.parametrize("time", NOT_NOW)
@pytest.mark.parametrize("table", sorted(FREE))
def test_what_ends_ends_now(filled: Connection[Any], table: str, time: str) -> None:
    filled.execute("insert into registry.collection (name, kind, doc) values ('Toy/open', 'tagged', 'Another one.')")
    refused(filled, end(table, time))
    assert filled.execute(end(table, "clock_timestamp()")).rowcount == 1


@pytest.mark.parametrize("table", sorted(ENTER))
def test_what_enters_enters_now(filled: Connection[Any], table: str) -> None:
    for time in NOT_NOW:
        refused(filled, enter(table, time, "'infinity'"))
        refused(filled, enter(table, "now()", time))
    # Of two that came at once for one place the first is history at once.
    assert filled.execute(enter(table, "now()", "clock_timestamp()")).rowcount == 1


@pytest.mark.parametrize("time", NOT_NOW)
def test_no_collection_is_made_that_was_sealed_before_or_after(filled: Connection[Any], time: str) -> None:
    make = "insert into registry.collection (name, kind, doc, sealed_at) values ('Toy/x', 'tagged', 'Closed.', {})"
    refused(filled, sql.SQL(make).format(sql.SQL(time)))
    assert filled.execute(sql.SQL(make).format(sql.SQL("now()"))).rowcount == 1


def test_a_mark_may_have_been_taken_back_elsewhere_and_not_in_the_future(filled: Connection[Any]) -> None:
    make = """insert into registry.mark (dataset_id, verdict, reason, revoked_at)
              select dataset_id, 'suspect', 'Toy.', {} from registry.dataset limit 1"""
    for time in ("clock_timestamp() + interval '1 h'", "'infinity'"):
        refused(filled, sql.SQL(make).format(sql.SQL(time)))
    assert filled.execute(sql.SQL(make).format(sql.SQL("now() - interval '1 s'"))).rowcount == 1


@pytest.mark.parametrize("role", ["owner", "worker"])
def test_copy_brings_no_history_either(owner: Connection[Any], ledger: Settings, role: str) -> None:
    owner.execute(ROWS)
    (row,) = owner.execute(sql.SQL("select {} from registry.member").format(COLUMNS)).fetchall()
    into = sql.SQL("copy registry.member ({}, since, until) from stdin").format(COLUMNS)
    with (
        connect("worker" if role == "worker" else "owner", ledger) as session,
        pytest.raises(errors.Error, match="keeps its history"),
        session.cursor() as cursor,
        cursor.copy(into) as copy,
    ):
        copy.write_row([*row, "2001-01-01", "2001-01-02"])
    assert owner.execute("select count(*) from registry.member").fetchone() == (1,)


def test_an_end_is_written_once(filled: Connection[Any]) -> None:
    filled.execute("update quality.specification set until = now()")
    for time in ("'infinity'", "clock_timestamp()"):
        with pytest.raises(errors.Error, match=r"specification is append-only"), filled.transaction():
            filled.execute(end("quality.specification", time))
