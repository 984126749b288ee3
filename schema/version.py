"""The revision of the schema that this code needs."""

from typing import Any

from psycopg import Connection, errors

from schema.errors import OutdatedSchema

REVISION = "0004"


def revision(connection: Connection[Any]) -> str | None:
    """Give the revision that the database is at, None when it holds no ledger."""
    try:
        with connection.transaction():
            row = connection.execute("select version_num from public.alembic_version").fetchone()
    except errors.UndefinedTable:
        return None
    return row[0] if row else None


def require_current(connection: Connection[Any]) -> None:
    """Refuse to work on another revision than this code's."""
    found = revision(connection)
    if found != REVISION:
        raise OutdatedSchema(found, REVISION)
