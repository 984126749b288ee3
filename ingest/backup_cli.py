"""Verbs that keep the ledger: backup, restore, reload."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schema.connect import connect
from schema.output import Format, show
from schema.progress import bar
from schema.settings import settings
from schema.store import Store

# Each verb imports what it calls: migrations and the reading of Parquet would cost every command a second.
if TYPE_CHECKING:
    from ingest.backup import Copied

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
    from ingest.backup import backup, copy_files, registered_files

    said = backup(settings(), folder, datetime.now(UTC))
    typer.echo(f"dumped the ledger at revision {said['revision']} into {folder}")
    if files:
        with bar("files", len(registered_files(settings()))) as advance:
            report = copy_files(settings(), folder, advance)
        _exit(_tell(report))


def _restore(
    folder: Folder,
    missing: Annotated[
        bool, typer.Option("--missing", help="Into the ledger that is there: only files and rows that it lacks.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Make a ledger from a backup, in a place where there is none; then every query answers as it did.

    When it was interrupted after the ledger was filled, `--missing` does the rest. It also brings back files that the
    store of a ledger has lost; `skyledger doctor --deep` finds them.

    Example: SKYLEDGER_HOME=/new/home skyledger restore /backups/skyledger

    Example: skyledger restore /backups/skyledger --missing
    """
    from ingest.backup import check_backup, complete_ledger, registered_files, restore_files, restore_ledger

    said = check_backup(folder)
    what = f"the ledger of {said['dumped_at']} (revision {said['revision']})"
    if dry_run:
        typer.echo(f"would bring {'what is missing' if missing else what} into {_place()}")
        return
    if missing:
        complete_ledger(settings(), folder)
    else:
        restore_ledger(settings(), folder)
        typer.echo(f"{what} is back")
    with bar("files", len(registered_files(settings()))) as advance:
        report = restore_files(settings(), folder, advance)
    _exit([*_tell(report), *_load_lost()])


def _reload(
    loads: Annotated[list[int] | None, typer.Argument(help="Retired loads that are to come back.")] = None,
    dry_run: DryRun = False,
    output: Format = Format.table,
) -> None:
    """Load every catalog again whose rows are not in the database, from its Parquet files; or loads that were retired.

    Example: skyledger reload --dry-run

    Example: skyledger reload 12
    """
    from ingest.loads.listing import listed
    from ingest.loads.reload import load_again, lost_loads

    if not dry_run and not loads:
        _exit(_load_lost())
        return
    with connect("owner") as owner:
        chosen = listed(owner, loads) if loads else lost_loads(owner)
        if not dry_run:
            with bar("files", sum(load.n_files for load in chosen)) as advance:
                for retired in chosen:
                    load_again(owner, Store(settings().store_root), retired, advance)
    show(["load", "catalog", "files", "rows"], [(x.load_id, x.target, x.n_files, x.n_rows) for x in chosen], output)


def _load_lost() -> list[str]:
    """Load what is lost and say so; give a sentence for each load that cannot be had."""
    from ingest.loads.reload import lost_loads, reload_all

    with connect("owner") as owner, bar("files", sum(x.n_files for x in lost_loads(owner))) as advance:
        back, problems = reload_all(owner, Store(settings().store_root), advance)
    typer.echo(f"loaded {sum(load.n_rows or 0 for load in back):,} rows of {len(back)} loads")
    return problems


def _tell(report: "Copied") -> list[str]:
    """Say what became of the files; give a sentence for each that is damaged."""
    typer.echo(f"copied {report.copied} files, {report.there} were there")
    return report.damaged


def _exit(problems: list[str]) -> None:
    """End with 1 when something is not as it must be."""
    for sentence in problems:
        typer.echo(f"skyledger: {sentence}", err=True)
    if problems:
        raise typer.Exit(1)


def _place() -> str:
    """Say where the ledger is."""
    return str(settings().home) if settings().database_url is None else "the database of SKYLEDGER_DATABASE_URL"


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    for name, verb in (("backup", _backup), ("restore", _restore), ("reload", _reload)):
        app.command(name)(verb)
