"""Verbs of the database: init, migrate, doctor, server."""

import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

import typer

from schema import server
from schema.connect import connect
from schema.errors import SkyledgerError
from schema.output import Format, show
from schema.settings import Settings, settings
from schema.version import REVISION, revision

server_verbs = typer.Typer(no_args_is_help=True, help="The embedded PostgreSQL server.")


def init() -> None:
    """Make the ledger: roles, database, tables. Safe to repeat.

    Uses the embedded server below SKYLEDGER_HOME, or the server that SKYLEDGER_DATABASE_URL names.
    """
    from schema.migrate import initialise

    typer.echo(f"the ledger is at revision {initialise(settings())}")


def migrate() -> None:
    """Bring the ledger to this version's revision."""
    from schema.migrate import migrate as upgrade

    # What is wrong with the server is said by this connection; alembic would show a traceback.
    connect("owner", current=False).close()
    typer.echo(f"the ledger is at revision {upgrade(settings())}")


def doctor(output: Format = Format.table) -> None:
    """Say what is there and what is wrong; exit code 1 when something is.

    Example: skyledger doctor --output json
    """
    rows = list(_findings(settings()))
    show(["check", "ok", "finding"], rows, output)
    if not all(ok for _, ok, _ in rows):
        raise typer.Exit(1)


def _findings(using: Settings) -> Iterator[tuple[str, bool, str]]:
    """Look at everything, from the outside in."""
    yield "store", *_store(using)
    if using.database_url is None:
        yield "programs", *_tried(lambda: str(server.binaries()))
    try:
        with connect("owner", using, current=False) as owner:
            row = owner.execute(
                "select current_setting('server_version'), current_setting('server_version_num')::int"
            ).fetchone() or ("", 0)
            yield (
                "server",
                row[1] >= 150000,
                f"PostgreSQL {row[0]}" + ("" if row[1] >= 150000 else " is too old: 15 or later is needed"),
            )
            found = revision(owner)
            yield (
                "schema",
                found == REVISION,
                f"revision {found}" + ("" if found == REVISION else f", {REVISION} is needed: see init and migrate"),
            )
            if found == REVISION:
                yield from _ledger(owner)
    except SkyledgerError as error:
        yield "server", False, str(error)


def _ledger(owner: Any) -> Iterator[tuple[str, bool, str]]:
    """Look at the contents of the ledger."""
    ages = owner.execute(
        """select coalesce(max(extract(epoch from now() - xact_start)), 0)::int
           from pg_stat_activity where backend_xmin is not null"""
    )
    (age,) = ages.fetchone()
    yield "oldest snapshot", age < 600, f"{age} s" + ("" if age < 600 else ": it slows every claim; end that session")
    (silent,) = owner.execute(
        """select count(*) from work.lease l join work.worker w using (worker_id)
           where w.last_seen < now() - interval '2 min'"""
    ).fetchone()
    yield (
        "leases",
        silent == 0,
        f"{silent} of silent workers" + ("" if silent == 0 else ": they come back when any worker runs"),
    )
    (dead,) = owner.execute("select count(*) from work.unit where state = 'dead'").fetchone()
    yield "dead units", True, str(dead)


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


def _tried(what: Any) -> tuple[bool, str]:
    try:
        return True, what()
    except SkyledgerError as error:
        return False, str(error)


@server_verbs.command()
def stop() -> None:
    """Stop the embedded server; the next command that needs it starts it again."""
    typer.echo("stopped" if server.stop(settings().home) else "was not running")


@server_verbs.command()
def start() -> None:
    """Start the embedded server, or find it running."""
    server.ensure(settings().home)
    typer.echo("running")


@server_verbs.command()
def status(output: Format = Format.table) -> None:
    """Say whether the embedded server runs, and where."""
    found = server.status(settings().home) or {"port": None}
    show(list(found), [tuple(found.values())], output)


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    for verb in (init, migrate, doctor):
        app.command()(verb)
    app.add_typer(server_verbs, name="server")
