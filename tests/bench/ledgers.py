"""Ledgers to measure on: copies of one migrated template."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr

from schema.connect import Role, connect
from schema.migrate import initialise
from schema.settings import Settings

NUMBERS = itertools.count()


@dataclass(frozen=True)
class Ledger:
    """A ledger of our own, with its store."""

    using: Settings
    administrator: str

    @contextmanager
    def connect(self, role: Role) -> Iterator[Connection[Any]]:
        """Give a connection as the product opens it."""
        with connect(role, self.using) as connection:
            yield connection

    @contextmanager
    def administer(self) -> Iterator[Connection[Any]]:
        """Give a connection that may do anything: peers live outside of the ledger, and history is made up."""
        with psycopg.connect(self.administrator, autocommit=True) as connection:
            yield connection


@dataclass(frozen=True)
class Ledgers:
    """Makes fresh ledgers on one server."""

    administrator: str
    template: str
    folder: Path

    @contextmanager
    def fresh(self) -> Iterator[Ledger]:
        """Give an empty ledger, and drop it after use."""
        with self.database(self.template) as url:
            yield Ledger(_settings(url, self.folder / str(conninfo_to_dict(url)["dbname"])), url)

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Give the address of a database, empty unless a template is named, and drop it after use."""
        name = f"bench_{next(NUMBERS)}"
        with psycopg.connect(self.administrator, autocommit=True) as admin:
            admin.execute(f"create database {name} template {template}".encode())
            try:
                yield make_conninfo(self.administrator, dbname=name)
            finally:
                admin.execute(f"drop database {name} with (force)".encode())


def make_template(administrator: str, folder: Path) -> str:
    """Migrate an empty database; give its name."""
    name = "bench_template"
    with psycopg.connect(administrator, autocommit=True) as admin:
        admin.execute(f"create database {name}".encode())
    initialise(_settings(make_conninfo(administrator, dbname=name), folder / name))
    return name


def _settings(url: str, home: Path) -> Settings:
    """Give settings that no variable of the user changes."""
    return Settings(database_url=SecretStr(url), reader_url=None, worker_url=None, home=home, store=None)
