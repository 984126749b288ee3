"""One server a run, one migrated template, one cheap copy of it a test."""

import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr

from schema import server
from schema.connect import connect
from schema.migrate import initialise
from schema.settings import Settings, settings

NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """Give the folder of a server of our own; a dead run leaves nothing (idle stop)."""
    with tempfile.TemporaryDirectory(prefix="skyledger-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "home"
        yield path
        if path.exists():
            server.stop(path)


@pytest.fixture(scope="session")
def administrator(home: Path) -> str:
    """Give a connection string that may make databases and roles: SKYLEDGER_TEST_URL, else our own server."""
    if url := os.environ.get("SKYLEDGER_TEST_URL"):
        return url
    # For this server alone: the tests of servers start theirs with the settings that users get.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKYLEDGER_IDLE_STOP", "120")
        patch.setenv("SKYLEDGER_SERVER_FAST", "1")
        server.ensure(home)
    return server.dsn(home)


@pytest.fixture(scope="session")
def template(administrator: str) -> str:
    """Give the name of a migrated database that nobody is connected to."""
    name = f"template_skyledger_{os.getpid()}"
    with psycopg.connect(administrator, autocommit=True) as admin:
        # Roles belong to the whole server, and another process of the tests may be making them on a given one.
        admin.execute("select pg_advisory_lock(1)")
        admin.execute(f"create database {name}".encode())
        initialise(Settings(database_url=SecretStr(make_conninfo(administrator, dbname=name))))
    return name


@pytest.fixture
def ledger(administrator: str, template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Give the settings of a fresh ledger with its store, for this process and its children."""
    name = f"t_{os.getpid()}_{next(NUMBERS)}"
    with psycopg.connect(administrator, autocommit=True) as admin:
        admin.execute(f"create database {name} template {template}".encode())
    monkeypatch.setenv("SKYLEDGER_DATABASE_URL", make_conninfo(administrator, dbname=name))
    monkeypatch.setenv("SKYLEDGER_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    yield settings()
    settings.cache_clear()
    # Another connection than before: a test may have killed the server in between.
    with psycopg.connect(administrator, autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)".encode())


@pytest.fixture
def owner(ledger: Settings) -> Iterator[Connection[Any]]:
    """Give a connection of the owner to that ledger."""
    with connect("owner", ledger) as opened:
        yield opened


def pytest_report_header() -> str:
    """Say which server is tested."""
    url = os.environ.get("SKYLEDGER_TEST_URL")
    return f"server: {conninfo_to_dict(url).get('port', 'given')}" if url else "server: embedded"
