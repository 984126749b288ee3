"""Sets of rows into one table, in one statement."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from psycopg import Connection, sql
from sqlalchemy import Table

CHUNK = 50_000  # rows of one statement: PostgreSQL takes parameters of up to 1 GB


class ContradictingRow(ValueError):
    """A description that exists already says something else."""

    def __init__(self, table: str, key: str, column: str, known: object, given: object) -> None:
        self.table, self.key, self.column, self.known, self.given = table, key, column, known, given
        super().__init__(
            f"{table} {key} has {column} {known!r} in the ledger, not {given!r}: give the new one another name"
        )


def insert(
    connection: Connection[Any],
    table: Table,
    rows: Iterable[Mapping[str, Any]],
    *,
    order: Sequence[str] = (),
    on_conflict: str = "",
) -> int:
    """Insert rows, whole sets at a time.

    The rows travel as one JSON parameter, so the text of the statement does not depend on their number. Where they are
    to be all or nothing, the caller has a transaction open.

    Parameters
    ----------
    order
        Columns of the unique key: rows go in by it, so that two writers never wait for each other in a circle.
    on_conflict
        Empty, or e.g. `(uid) do nothing`.

    Returns
    -------
    How many rows went in.
    """
    left, done = iter(rows), 0
    while chunk := list(islice(left, CHUNK)):
        statement = _statement(table, list(chunk[0]), order, on_conflict)
        sent = [{name: _finite(value) for name, value in row.items()} for row in chunk]
        done += connection.execute(statement, [json.dumps(sent, default=_text)]).rowcount
    return done


def _statement(table: Table, names: Sequence[str], order: Sequence[str], on_conflict: str) -> sql.Composed:
    """Give the INSERT of rows that are one JSON parameter."""
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    name = sql.Identifier(str(table.schema), table.name)
    statement = sql.SQL(
        "insert into {name} ({columns}) select {columns} from json_populate_recordset(null::{name}, %s)"
    ).format(name=name, columns=columns)
    if order:
        statement += sql.SQL(" order by {}").format(sql.SQL(", ").join(map(sql.Identifier, order)))
    if on_conflict:
        statement += sql.SQL(f" on conflict {on_conflict}")
    return statement


def ensure(connection: Connection[Any], table: Table, key: str, rows: Iterable[Mapping[str, Any]]) -> dict[Any, int]:
    """Register descriptions that are not there yet.

    Parameters
    ----------
    key
        Column that identifies a row: a name or a digest.

    Returns
    -------
    Surrogate key of every row, by `key`.

    Raises
    ------
    ContradictingRow
        Raised if a row of that key says something else.
    """
    wanted = {row[key]: row for row in rows}
    known = _known(connection, table, key, wanted)
    missing = [row for value, row in wanted.items() if value not in known]
    if missing:
        insert(connection, table, missing, order=[key], on_conflict="do nothing")
        known = _known(connection, table, key, wanted)
    _refuse_contradictions(table, key, wanted, known)
    (surrogate,) = table.primary_key.columns.keys()
    return {value: row[surrogate] for value, row in known.items()}


def _known(connection: Connection[Any], table: Table, key: str, wanted: Mapping[Any, Any]) -> dict[Any, dict[str, Any]]:
    """Read the rows that are there, by key."""
    query = sql.SQL("select * from {} where {} = any(%s)").format(
        sql.Identifier(str(table.schema), table.name), sql.Identifier(key)
    )
    cursor = connection.execute(query, [list(wanted)])
    names = [column.name for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return {row[key]: row for row in rows}


def _refuse_contradictions(
    table: Table, key: str, wanted: Mapping[Any, Mapping[str, Any]], known: Mapping[Any, Any]
) -> None:
    """Compare what is given with what is there; digests identify their content, and better words change nothing."""
    if key == "digest":
        return
    for value, row in wanted.items():
        for column, given in row.items():
            if column != "description" and known[value][column] != given:
                raise ContradictingRow(table.name, str(value), column, known[value][column], given)


def _finite(value: Any) -> Any:
    """Give NaN and infinities as text: JSON has no such numbers, PostgreSQL reads them from text."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _text(value: object) -> str:
    """Give a value as PostgreSQL reads it from JSON text."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be sent to a table")
