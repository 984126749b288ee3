"""Making a ledger and bringing it to this code's revision."""

from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import Connection, errors, sql
from sqlalchemy.exc import DBAPIError

from schema import server
from schema.connect import DATABASE, connect, dsn, reason
from schema.errors import LedgerInUse, NoDatabase
from schema.roles import grant, make_roles, names
from schema.settings import ROOT, Settings
from schema.version import revision

PATIENCE = "10 s"  # with a lock that somebody holds
HELD_UP = (errors.LockNotAvailable, errors.DeadlockDetected)


def alembic_config(owner_dsn: str) -> Config:
    """Give alembic's configuration for a database."""
    config = Config(ROOT / "alembic.ini")
    config.attributes["dsn"] = owner_dsn
    return config


def initialise(using: Settings) -> str:
    """Make roles and database where they are missing, then migrate; safe to repeat.

    Returns
    -------
    The revision that the ledger is at now.
    """
    prepare(using)
    return migrate(using)


def prepare(using: Settings) -> None:
    """Make roles and database where they are missing."""
    if using.database_url is None:
        server.ensure(using.home)
        _make_embedded(using)
    else:
        with _administrator(using.database_url.get_secret_value()) as admin:
            roles = names(using)
            make_roles(admin, roles, {})
            place = sql.Identifier(admin.info.dbname), sql.Identifier(roles["owner"])
            admin.execute(sql.SQL("grant create on database {} to {}").format(*place))
            admin.execute(sql.SQL("grant create on schema public to {}").format(place[1]))


def migrate(using: Settings) -> str:
    """Upgrade to the newest revision and grant what the roles need.

    Raises
    ------
    LedgerInUse
        Raised if others hold what is to be changed; nothing has changed then.
    """
    try:
        command.upgrade(alembic_config(dsn("owner", using)), "head")
    except HELD_UP as error:
        raise LedgerInUse(reason(error)) from error
    except DBAPIError as error:  # what SQLAlchemy was asked for itself
        if isinstance(error.orig, HELD_UP):
            raise LedgerInUse(reason(error.orig)) from error
        raise
    with connect("owner", using) as owner:
        grant(owner, names(using))
        return revision(owner) or ""


def _make_embedded(using: Settings) -> None:
    """Make the roles with their passwords, and the owner's database."""
    roles = {role: f"skyledger_{role}" for role in ("owner", "worker", "reader")}
    with _administrator(server.dsn(using.home)) as admin:
        make_roles(admin, roles, {role: server.password(using.home, name) for role, name in roles.items()})
        if admin.execute("select from pg_database where datname = %s", [DATABASE]).fetchone() is None:
            place = sql.Identifier(DATABASE), sql.Identifier(roles["owner"])
            admin.execute(sql.SQL("create database {} owner {}").format(*place))
    with _administrator(server.dsn(using.home, DATABASE)) as admin:
        admin.execute(sql.SQL("grant create on schema public to {}").format(sql.Identifier(roles["owner"])))


def _administrator(conninfo: str) -> Connection[Any]:
    """Connect as whoever may make roles."""
    try:
        return psycopg.connect(conninfo, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise NoDatabase(reason(error)) from error
