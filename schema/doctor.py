"""What is there and what is wrong: the look from outside in."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

from psycopg import Connection

from schema import server
from schema.connect import connect
from schema.errors import SkyledgerError
from schema.settings import Settings
from schema.version import REVISION, revision

Finding = tuple[str, bool, str]  # what was looked at, whether it is well, and what was found
OLD = 600  # seconds after which a snapshot is a burden


def findings(using: Settings) -> Iterator[Finding]:
    """Look at store, programs, server, schema and queue; seconds, whatever the size."""
    yield "store", *_store(using)
    if using.database_url is None:
        yield "programs", *_tried(lambda: str(server.binaries()))
    try:
        with connect("owner", using, current=False) as owner:
            yield _server(owner)
            found = revision(owner)
            remedy = "" if found == REVISION else f", {REVISION} is needed: see init and migrate"
            yield "schema", found == REVISION, f"revision {found}{remedy}"
            if found == REVISION:
                yield from _ledger(owner)
    except SkyledgerError as error:
        yield "server", False, str(error)


def number(owner: Connection[Any], question: str) -> int:
    """Ask for one number."""
    row = owner.execute(question.encode()).fetchone()
    return int(row[0]) if row else 0


def _server(owner: Connection[Any]) -> Finding:
    """Look at the server's version."""
    version = owner.info.server_version
    name = owner.execute("select current_setting('server_version')").fetchone() or ("",)
    return (
        "server",
        version >= 150000,
        f"PostgreSQL {name[0]}" + ("" if version >= 150000 else " is too old: 15 or later is needed"),
    )


def _ledger(owner: Connection[Any]) -> Iterator[Finding]:
    """Look at the contents of the ledger."""
    age = number(
        owner,
        """select coalesce(max(extract(epoch from now() - xact_start)), 0)::int
           from pg_stat_activity where backend_xmin is not null""",
    )
    remedy = "" if age < OLD else ": it slows every claim and keeps dead rows; end that session"
    yield "oldest snapshot", age < OLD, f"{age} s{remedy}"
    silent = number(
        owner,
        """select count(*) from work.lease l join work.worker w using (worker_id)
           where w.last_seen < now() - interval '2 min'""",
    )
    remedy = "" if silent == 0 else ": they come back when any worker runs"
    yield "leases", silent == 0, f"{silent} of silent workers{remedy}"
    dead = number(owner, "select count(*) from work.unit where state = 'dead'")
    yield "dead units", True, str(dead)
    unlike = number(owner, "select count(*) from registry.nondeterminism")
    remedy = "" if unlike == 0 else ": see `skyledger query nondeterminism`"
    yield "nondeterminism", True, f"{unlike} outputs came out differently when they were made again{remedy}"


def _store(using: Settings) -> tuple[bool, str]:
    """Write a small file into the store, or into the folder where it will be made, and look at the disk."""
    root = using.store_root
    try:
        place = next(parent for parent in (root, *root.parents) if parent.exists())
        with tempfile.NamedTemporaryFile(dir=place, prefix=".doctor-") as trial:
            trial.write(b"trial")
            trial.flush()
        free = shutil.disk_usage(place).free / 2**30
    except OSError as error:
        return False, f"{root} cannot be written ({error.strerror}): set SKYLEDGER_STORE to a folder that can"
    return free > 1, f"{root}, {free:.0f} GiB free" + ("" if free > 1 else ": free some or set SKYLEDGER_STORE")


def _tried(what: Callable[[], str]) -> tuple[bool, str]:
    try:
        return True, what()
    except SkyledgerError as error:
        return False, str(error)
