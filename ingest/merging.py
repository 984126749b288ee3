"""Rows that say who they are: the new ones go in, the known ones must say the same."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql
from sqlalchemy import Table

from schema.ledger.rows import CHUNK, insert

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Contradiction:
    """A row that says something else than the ledger."""

    key: str
    column: str
    known: object
    given: object


def merge(
    connection: Connection[Any],
    table: Table,
    keys: Sequence[str],
    rows: Sequence[Row],
    *,
    loose: Sequence[str] = (),
    tolerances: Mapping[str, float] | None = None,
    blank: Mapping[str, str] | None = None,
) -> tuple[int, Contradiction | None]:
    """Insert rows whose key is not there, and compare the others with what is; some ten thousand at a time.

    Parameters
    ----------
    rows
        Values as JSON has them; None contradicts nothing.
    loose
        Columns that may differ: what is there stays.
    tolerances
        By how much a number may differ.
    blank
        Columns in which NULL or this word contradicts nothing on either side: what is there stays.

    Returns
    -------
    How many rows are new, and one that contradicts what is there, or another of them. The caller rolls back then.
    """
    compared = [column for column in rows[0] if column not in (*keys, *loose)] if rows else []
    unlike = {name: _unlike(name, (tolerances or {}).get(name), (blank or {}).get(name)) for name in compared}
    n = 0
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        fresh = _missing(connection, table, keys, chunk)
        n += insert(connection, table, fresh, order=keys, on_conflict="do nothing")
        if unlike and (wrong := _contradiction(connection, table, keys, chunk, unlike)):
            return n, wrong
    return n, None


def _missing(connection: Connection[Any], table: Table, keys: Sequence[str], rows: Sequence[Row]) -> list[Row]:
    """Give the rows whose key is not there, each key once.

    Only these go in: a row that says less than the table needs is fine where another has said it before.
    """
    statement = sql.SQL(
        """select r.place - 1 from json_array_elements(%s) with ordinality as r (said, place)
           cross join lateral json_populate_record(null::{table}, r.said) x
           where not exists (select from {table} t where {same}) order by 1"""
    ).format(
        table=sql.Identifier(str(table.schema), table.name),
        same=sql.SQL(" and ").join(sql.SQL("t.{0} = x.{0}").format(sql.Identifier(key)) for key in keys),
    )
    fresh = [rows[place] for (place,) in connection.execute(statement, [as_json(rows)])]
    return list({tuple(row[key] for key in keys): row for row in reversed(fresh)}.values())


def _contradiction(
    connection: Connection[Any],
    table: Table,
    keys: Sequence[str],
    rows: Sequence[Row],
    unlike: Mapping[str, sql.Composed],
) -> Contradiction | None:
    """Find a row that says something else than the one of its key; `unlike` gives the condition by column."""
    query = sql.SQL(
        """select to_jsonb(t), to_jsonb(x), array[{flags}]
           from json_populate_recordset(null::{table}, %s) x join {table} t using ({keys})
           where {any} order by {keys} limit 1"""
    ).format(
        table=sql.Identifier(str(table.schema), table.name),
        keys=sql.SQL(", ").join(map(sql.Identifier, keys)),
        flags=sql.SQL(", ").join(unlike.values()),
        any=sql.SQL(" or ").join(unlike.values()),
    )
    found = connection.execute(query, [as_json(rows)]).fetchone()
    if found is None:
        return None
    known, given, flags = found
    column = list(unlike)[flags.index(True)]
    return Contradiction(" ".join(str(known[key]) for key in keys), column, known[column], given[column])


def as_json(rows: Sequence[Row]) -> str:
    """Give rows as the one parameter of a statement."""
    return json.dumps(rows, default=lambda value: "\\x" + value.hex())


def _unlike(column: str, tolerance: float | None, blank: str | None) -> sql.Composed:
    """Give the condition under which a row contradicts a column."""
    name = sql.Identifier(column)
    if blank is not None:
        return sql.SQL("coalesce(nullif(x.{0}, {1}) <> nullif(t.{0}, {1}), false)").format(name, sql.Literal(blank))
    if tolerance is None:
        return sql.SQL("(x.{0} is not null and t.{0} is distinct from x.{0})").format(name)
    return sql.SQL("(x.{0} is not null and (abs(x.{0} - t.{0}) <= {1}) is not true)").format(
        name, sql.Literal(tolerance)
    )
