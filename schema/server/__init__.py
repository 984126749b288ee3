"""The embedded PostgreSQL: one per folder, started by whoever needs it."""

from schema.server.control import ensure, status, stop
from schema.server.errors import ServerError
from schema.server.home import dsn, password
from schema.server.programs import binaries

__all__ = ["ServerError", "binaries", "dsn", "ensure", "password", "status", "stop"]
