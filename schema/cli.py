"""Verbs of the database: init, migrate, doctor, server."""

from collections.abc import Callable
from typing import Annotated

import typer
from rich.progress import Progress

from schema import server
from schema.connect import connect
from schema.doctor import findings
from schema.doctor_deep import deep_findings
from schema.output import Format, show
from schema.progress import progress
from schema.settings import settings

server_verbs = typer.Typer(no_args_is_help=True, help="The embedded PostgreSQL server.")


def init() -> None:
    """Make the ledger: roles, database, tables. Safe to repeat.

    Uses the embedded server below SKYLEDGER_HOME, or the server that SKYLEDGER_DATABASE_URL names.

    Example: skyledger init
    """
    from schema.migrate import initialise

    typer.echo(f"the ledger is at revision {initialise(settings())}")


def migrate() -> None:
    """Bring the ledger to this version's revision.

    Example: skyledger migrate
    """
    from schema.migrate import migrate as upgrade

    # What is wrong with the server is said by this connection; alembic would show a traceback.
    connect("owner", current=False).close()
    typer.echo(f"the ledger is at revision {upgrade(settings())}")


def doctor(
    deep: Annotated[
        bool, typer.Option("--deep", help="Read every file against its digest, and prove what must hold.")
    ] = False,
    output: Format = Format.table,
) -> None:
    """Say what is there and what is wrong; exit code 1 when something is.

    Example: skyledger doctor --output json

    Example: skyledger doctor --deep
    """
    rows = list(findings(settings()))
    if deep and all(ok for name, ok, _ in rows if name in ("server", "schema")):
        with progress() as display:
            rows += deep_findings(settings(), lambda n: _advance(display, n))
    show(["check", "ok", "finding"], rows, output, whole=True)
    if not all(ok for _, ok, _ in rows):
        raise typer.Exit(1)


def _advance(display: Progress, total: int) -> Callable[[], None]:
    """Give what advances a bar over the files of the store."""
    bar = display.add_task("files", total=total, note="")
    return lambda: display.advance(bar)


@server_verbs.command()
def stop() -> None:
    """Stop the embedded server; the next command that needs it starts it again.

    Example: skyledger server stop
    """
    typer.echo("stopped" if server.stop(settings().home) else "was not running")


@server_verbs.command()
def start() -> None:
    """Start the embedded server, or find it running.

    Example: skyledger server start
    """
    server.ensure(settings().home)
    typer.echo("running")


@server_verbs.command()
def status(output: Format = Format.table) -> None:
    """Say whether the embedded server runs, and where.

    Example: skyledger server status --output json
    """
    found = server.status(settings().home) or {"port": None}
    show(list(found), [tuple(found.values())], output)


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    for verb in (init, migrate, doctor):
        app.command()(verb)
    app.add_typer(server_verbs, name="server")
