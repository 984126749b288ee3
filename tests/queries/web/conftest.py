"""A survey with a red metric, a failure and text that must be escaped, served on a real port."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from schema.connect import connect
from schema.settings import Settings
from tests.support.browser import CHROMIUM, Browser, browsing
from tests.support.catalogs import Survey, add_visits
from tests.support.hostile import plant
from tests.support.measured import measure
from tests.support.site import Site, serving


@pytest.fixture(scope="session")
def served(administrator: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Give the ledger behind `site`. Only read it."""
    name = f"site_{os.getpid()}"
    with psycopg.connect(administrator, autocommit=True) as admin:
        admin.execute(f"create database {name} template {template}".encode())
        url = SecretStr(make_conninfo(administrator, dbname=name))
        using = Settings(database_url=url, home=Path(tmp_path_factory.mktemp("site")))
        with connect("owner", using) as owner:
            Survey().make(owner)
            add_visits(owner)
            plant(owner)
        yield using
        admin.execute(f"drop database {name} with (force)".encode())


@pytest.fixture(scope="session")
def site(served: Settings) -> Iterator[Site]:
    """Give the pages on the survey."""
    with serving(served) as site:
        yield site


@pytest.fixture(scope="session")
def measured(administrator: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Give a ledger of real frames: two of DECam measured, one of PANOPTES not. Only read it."""
    name = f"measured_{os.getpid()}"
    with psycopg.connect(administrator, autocommit=True) as admin:
        admin.execute(f"create database {name} template {template}".encode())
        yield measure(make_conninfo(administrator, dbname=name), str(tmp_path_factory.mktemp("measured")))
        admin.execute(f"drop database {name} with (force)".encode())


@pytest.fixture(scope="session")
def real(measured: Settings) -> Iterator[Site]:
    """Give the pages on the real frames."""
    with serving(measured) as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give a browser; the tests that need one are skipped where there is none."""
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}: install the package chromium")
    with browsing() as opened:
        yield opened
