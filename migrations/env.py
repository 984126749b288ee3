"""Runs migrations on the connection string that it is given."""

from typing import Any

import psycopg
from alembic import context
from sqlalchemy import NullPool, create_engine

from schema import migrate
from schema.base import SCHEMAS, metadata
from schema.build import import_tables
from schema.connect import dsn

import_tables()
chosen = context.config.attributes.get("dsn") or dsn("owner")
OURS = set(SCHEMAS) - {"catalog_part"}  # partitions come with loads, not with migrations


def ours(name: str | None, kind: str, parents: Any) -> bool:
    """Look at our schemas only; a partition attached to a parent is not a table of its own."""
    return name in OURS if kind == "schema" else True


def connect() -> Any:
    """Connect in UTC with nothing else on the search path than `public`."""
    return psycopg.connect(chosen)


engine = create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_server_default=True,
        include_schemas=True,
        include_name=ours,
        version_table_schema="public",
    )
    with context.begin_transaction():
        # Who waits for one lock while holding others holds up everybody: an upgrade gives up, and is repeated.
        connection.exec_driver_sql("select set_config('lock_timeout', %s, true)", (migrate.PATIENCE,))
        context.run_migrations()
