"""Connections: one way in for each role."""

import random
import time
from contextlib import suppress
from typing import Any, Literal

import psycopg
from psycopg import Connection
from psycopg.conninfo import make_conninfo

from schema import server
from schema.errors import NoDatabase, OutdatedSchema
from schema.settings import Settings, settings
from schema.version import REVISION, require_current

Role = Literal["owner", "worker", "reader"]
DATABASE = "skyledger"
# A server that vanished is noticed within a minute, by default after hours.
PATIENCE: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


def dsn(role: Role, using: Settings | None = None) -> str:
    """Give the connection string of a role; the embedded server is started if need be."""
    chosen = using or settings()
    if chosen.database_url is None:
        server.ensure(chosen.home)
        return server.dsn(chosen.home, DATABASE, f"skyledger_{role}")
    login = {"owner": None, "worker": chosen.worker_url, "reader": chosen.reader_url}[role]
    if login is not None:
        return login.get_secret_value()
    # Without a login of its own the role is assumed at the start of the session.
    return make_conninfo(chosen.database_url.get_secret_value(), options=f"-c role={chosen.role_prefix}_{role}")


def connect(
    role: Role, using: Settings | None = None, *, current: bool = True, autocommit: bool = True
) -> Connection[Any]:
    """Open a connection as a role.

    Parameters
    ----------
    current
        Refuse a database that is not at this code's revision.

    Raises
    ------
    NoDatabase
        Raised if the server does not answer, or the connection string is none.
    OutdatedSchema
        Raised if the ledger is missing or at another revision.
    """
    try:
        connection = psycopg.connect(
            dsn(role, using), autocommit=autocommit, application_name=f"skyledger {role}", **PATIENCE
        )
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        if _is_uninitialised(role, using or settings()):
            raise OutdatedSchema(None, REVISION) from error
        raise NoDatabase(reason(error)) from error
    if role == "worker":
        # What a worker that was killed has locked must not stay locked for as long as its statement waits for others.
        connection.execute("set client_connection_check_interval = '10s'")
    if role == "reader":
        # A plan for all parameters is a bad plan for ranges on the sky; planning costs less than that.
        connection.execute("set plan_cache_mode = force_custom_plan")
    if current:
        try:
            require_current(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def _is_uninitialised(role: Role, using: Settings) -> bool:
    """Tell whether the server answers and only has not seen `init`; its refusal calls that a wrong password."""
    if using.database_url is None:
        administrator, name = server.dsn(using.home), f"skyledger_{role}"
    else:
        administrator, name = using.database_url.get_secret_value(), f"{using.role_prefix}_{role}"
    wanted = [name, using.database_url is None, DATABASE]
    with suppress(psycopg.Error), psycopg.connect(administrator, connect_timeout=10) as admin:
        found = admin.execute(
            """select from pg_roles where rolname = %s
               and (not %s or exists (select from pg_database where datname = %s))""",
            wanted,
        )
        return found.fetchone() is None
    return False


def reconnect(role: Role, patience: float) -> Connection[Any]:
    """Wait for a lost server, at most so many seconds.

    Raises
    ------
    NoDatabase
        Raised if it stays away.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return connect(role)
        except (NoDatabase, psycopg.OperationalError):
            if time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(0.2, 1.0))  # jitter: all of a host lose the server at once


def reason(error: psycopg.Error) -> str:
    """Give the first line of what libpq says; the others ask back, or name the file of the password."""
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    return " ".join(first.removeprefix("connection failed: ").split())
