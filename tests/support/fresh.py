"""A fresh ledger for all tests of one module."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo

from schema.connect import connect
from schema.settings import settings


@contextmanager
def fresh_ledger(administrator: str, template: str, name: str, home: Path) -> Iterator[Connection[Any]]:
    """Copy the template to a database that the settings lead to; give the owner's connection, drop it at the end."""
    with psycopg.connect(administrator, autocommit=True) as admin, pytest.MonkeyPatch.context() as patch:
        admin.execute(f"create database {name} template {template}".encode())
        patch.setenv("SKYLEDGER_DATABASE_URL", make_conninfo(administrator, dbname=name))
        patch.setenv("SKYLEDGER_HOME", str(home))
        settings.cache_clear()
        with connect("owner") as owner:
            yield owner
        settings.cache_clear()
        admin.execute(f"drop database {name} with (force)".encode())
