"""One ledger for all tests that commit nothing; a module that names this file in `pytest_plugins` has `scratch`."""

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from schema.connect import connect
from schema.settings import Settings
from tests.support.rows import ROWS


@pytest.fixture(scope="session")
def scratch_settings(administrator: str, template: str) -> Iterator[Settings]:
    """Give the settings of a ledger that stays empty."""
    name = f"scratch_{os.getpid()}"
    with psycopg.connect(administrator, autocommit=True) as admin:
        admin.execute(f"create database {name} template {template}".encode())
        yield Settings(database_url=SecretStr(make_conninfo(administrator, dbname=name)))
        admin.execute(f"drop database {name} with (force)".encode())


@pytest.fixture(scope="session")
def scratch_connection(scratch_settings: Settings) -> Iterator[Connection[Any]]:
    """Give a connection of the owner to it."""
    with connect("owner", scratch_settings) as opened:
        yield opened


@pytest.fixture
def scratch(scratch_connection: Connection[Any]) -> Iterator[Connection[Any]]:
    """Give that connection in a transaction that is rolled back; `now()` stands still in it."""
    with scratch_connection.transaction(force_rollback=True):
        yield scratch_connection


@pytest.fixture
def filled(scratch: Connection[Any]) -> Connection[Any]:
    """Give the scratch ledger with a row in every table of the registry and what hangs on it."""
    scratch.execute(ROWS)
    return scratch
