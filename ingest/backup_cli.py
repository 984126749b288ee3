"""Verbs that keep the ledger: backup, restore, reload."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ingest.backup import (
    Copied,
    backup,
    check_backup,
    copy_files,
    registered_files,
    reload_catalogs,
    restore_files,
    restore_ledger,
)
from ingest.loads.reload import lost_loads
from schema.connect import connect
from schema.output import Format, show
from schema.progress import bar
from schema.settings import settings

Folder = Annotated[Path, typer.Argument(help="Folder of the backup.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]


def _backup(
    folder: Folder,
    files: Annotated[bool, typer.Option(help="Copy the files, too; without them, the store must be kept safe.")] = True,
) -> None:
    """Write a backup: a dump of the ledger, and every file that it registers.

    Into a folder that holds a backup only what is new is copied, and the dump is replaced. Everything may go on
    meanwhile. Rows of the catalogs are not in the dump: `restore` loads them from their Parquet files.

    Example: skyledger backup /backups/skyledger
    """
    said = backup(settings(), folder, datetime.now(UTC))
    typer.echo(f"dumped the ledger at revision {said['revision']} into {folder}")
    if files:
        with bar("files", len(registered_files(settings()))) as advance:
            _tell(copy_files(settings(), folder, advance))


def _restore(folder: Folder, dry_run: DryRun = False) -> None:
    """Make a ledger from a backup, in a place where there is none; then every query answers as it did.

    When it was interrupted after the ledger was filled, `skyledger reload` and `skyledger doctor --deep` do the rest.

    Example: SKYLEDGER_HOME=/new/home skyledger restore /backups/skyledger
    """
    said = check_backup(folder)
    if dry_run:
        typer.echo(
            f"would restore the ledger of {said['dumped_at']} (revision {said['revision']}) into {settings().home}"
        )
        return
    restore_ledger(settings(), folder)
    typer.echo(f"the ledger of {said['dumped_at']} is back")
    with bar("files", len(registered_files(settings()))) as advance:
        report = restore_files(settings(), folder, advance)
    _reload()
    _tell(report)


def _reload(dry_run: DryRun = False, output: Format = Format.table) -> None:
    """Load every catalog again whose rows are not in the database, from its Parquet files.

    Example: skyledger reload --dry-run
    """
    with connect("owner") as owner:
        lost = lost_loads(owner)
    if dry_run:
        rows = [(load.load_id, load.target, load.n_files, load.n_rows) for load in lost]
        show(["load", "catalog", "files", "rows"], rows, output)
        return
    with bar("catalogs", len(lost)) as advance:
        done = reload_catalogs(settings(), advance)
    typer.echo(f"loaded {sum(load.n_rows for load in lost):,} rows of {done} loads")


def _tell(report: Copied) -> None:
    """Say what became of the files; exit code 1 when one is damaged."""
    typer.echo(f"copied {report.copied} files, {report.there} were there")
    for sentence in report.damaged:
        typer.echo(f"skyledger: {sentence}", err=True)
    if report.damaged:
        raise typer.Exit(1)


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    for name, verb in (("backup", _backup), ("restore", _restore), ("reload", _reload)):
        app.command(name)(verb)
