"""Two small surveys for all tests that only read them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from schema.connect import connect
from schema.settings import Settings
from tests.support.catalogs import Survey
from tests.support.library import Library, fill_library


@contextmanager
def _ledger(administrator: str, template: str, name: str, home: Path) -> Iterator[Settings]:
    """Give an empty ledger that is gone afterwards."""
    name = f"{name}_{os.getpid()}"
    with psycopg.connect(administrator, autocommit=True) as admin:
        admin.execute(f"create database {name} template {template}".encode())
        yield Settings(database_url=SecretStr(make_conninfo(administrator, dbname=name)), home=home)
        admin.execute(f"drop database {name} with (force)".encode())


@pytest.fixture(scope="session")
def surveyed(administrator: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Give a ledger: 3 visits of 2 detectors with 20 stars each, a fourth visit failed. Only read it."""
    with _ledger(administrator, template, "survey", tmp_path_factory.mktemp("survey")) as using:
        with connect("owner", using) as owner:
            Survey(loads=2).make(owner)
        yield using


@pytest.fixture(scope="session")
def library(administrator: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Give a survey of 3 visits by 2 detectors, reprocessed in part, with collections of every kind. Only read it."""
    with _ledger(administrator, template, "library", tmp_path_factory.mktemp("library")) as using:
        with connect("owner", using) as owner:
            again = fill_library(owner)
        yield Library(using, again)
