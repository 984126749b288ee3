"""Columns of an answer: names, types, and the units that comments give."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, errors, pq

# As the catalogs and the views write them: description, [unit], (ucd) or a full stop.
COMMENT = re.compile(r"(?P<text>.*?)(?: \[(?P<unit>[^\[\]]*)\])?\.?(?: \((?P<ucd>[^() ]+)\))?", re.DOTALL)


@dataclass(frozen=True)
class Column:
    """A column of an answer.

    Unit and description are known where the column comes straight from a view; the unit is empty when the column is
    dimensionless, None when it is no quantity or computed.
    """

    name: str
    type: int  # OID
    unit: str | None = None
    description: str | None = None


def describe(connection: Connection[Any], statement: str) -> tuple[Column, ...]:
    """Give the columns that a statement would give; it is parsed, not run.

    The server does not parse several statements at once here. What gives no rows (SET, DO, COPY…) has no columns.
    Columns of one name get numbers, because answers become objects and tables with distinct names.

    Raises
    ------
    psycopg.Error
        Raised if the statement cannot be parsed.
    """
    described = _checked(connection, connection.pgconn.prepare(b"", statement.encode()))
    described = _checked(connection, connection.pgconn.describe_prepared(b""))
    origins = [(described.ftable(i), described.ftablecol(i)) for i in range(described.nfields)]
    comments = _comments(connection, origins)
    names = _distinct([(described.fname(i) or b"").decode() for i in range(described.nfields)])
    return tuple(
        Column(name, described.ftype(i), *comments.get(origins[i], (None, None))) for i, name in enumerate(names)
    )


def _checked(connection: Connection[Any], result: pq.abc.PGresult) -> pq.abc.PGresult:
    if result.status != pq.ExecStatus.COMMAND_OK:
        raise errors.error_from_result(result, connection.info.encoding)
    return result


def _comments(
    connection: Connection[Any], origins: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], tuple[str | None, str]]:
    """Give unit and description of columns of tables and views, by table and number."""
    known = [origin for origin in origins if origin[0]]
    if not known:
        return {}
    rows = connection.execute(
        """select distinct o.relation::int8, o.number, d.description
           from unnest(%s::oid[], %s::int4[]) as o (relation, number)
           join pg_description d
             on d.classoid = 'pg_class'::regclass and d.objoid = o.relation and d.objsubid = o.number""",
        [[table for table, _ in known], [number for _, number in known]],
    )
    return {(table, number): split_comment(comment) for table, number, comment in rows}


def split_comment(comment: str) -> tuple[str | None, str]:
    """Give unit and description of a column from its comment."""
    found = COMMENT.fullmatch(comment)
    if found is None:
        return None, comment
    unit = "" if found["unit"] == "dimensionless" else found["unit"]
    return unit, found["text"].rstrip(".") + "."


def _distinct(names: Sequence[str]) -> Iterator[str]:
    """Number the second and later columns of one name."""
    seen: Counter[str] = Counter()
    for name in names:
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name}_{seen[name]}"
