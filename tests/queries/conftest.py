"""One small survey for all tests that only read it."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from schema.connect import connect
from schema.settings import Settings
from tests.support.catalogs import Survey


@pytest.fixture(scope="session")
def surveyed(administrator: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Give a ledger: 3 visits of 2 detectors with 20 stars each, a fourth visit failed. Only read it."""
    name = f"survey_{os.getpid()}"
    with psycopg.connect(administrator, autocommit=True) as admin:
        admin.execute(f"create database {name} template {template}".encode())
        url = SecretStr(make_conninfo(administrator, dbname=name))
        using = Settings(database_url=url, home=Path(tmp_path_factory.mktemp("survey")))
        with connect("owner", using) as owner:
            Survey(loads=2).make(owner)
        yield using
        admin.execute(f"drop database {name} with (force)".encode())
