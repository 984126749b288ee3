"""Another server beside the bench's own: Debian's PostgreSQL 15, where extensions can be installed."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schema import server
from tests.bench.ledgers import Ledgers, make_template
from tests.pg15 import BINARIES

CONTROL = Path("/usr/share/postgresql/15/extension/q3c.control")


def has_q3c() -> bool:
    """Whether there is a PostgreSQL 15 with q3c; says in a sentence what is left out when there is none."""
    if not CONTROL.exists():
        print("q3c: not installed, so it is left out: apt-get install postgresql-15 postgresql-15-q3c", file=sys.stderr)
    return CONTROL.exists()


@contextmanager
def other_server(folder: Path) -> Iterator[Ledgers]:
    """Start a PostgreSQL 15 with the settings of every ledger's own server, and stop it after use."""
    with variable("SKYLEDGER_PG_BIN", str(BINARIES)):
        home = folder / "elsewhere"
        server.ensure(home)
        try:
            administrator = server.dsn(home)
            yield Ledgers(administrator, make_template(administrator, home), folder / "ledgers-elsewhere")
        finally:
            server.stop(home)


@contextmanager
def variable(name: str, value: str) -> Iterator[None]:
    """Set a variable of the environment for a while."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
