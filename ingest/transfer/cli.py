"""Verbs that carry a run from one ledger to another: export, import."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from schema.connect import connect
from schema.output import Format, show
from schema.progress import bar
from schema.settings import settings
from schema.store import Store


def export(
    run: Annotated[str, typer.Argument(help="Name of the run, as in the view run.")],
    to: Annotated[Path, typer.Option(help="Folder that is filled; what lies there of an earlier export is kept.")],
) -> None:
    """Write a run that has ended into a folder: what it made, all that this was made of, and the account of the work.

    Rows of catalogs stay: they are in the files, and are loaded from them at the other end.

    Example: skyledger export single_frame/20260101T000000Z --to /transfer/single_frame
    """
    from ingest.transfer.export import copy_out, export_run, files_of

    with connect("owner") as owner:
        manifest = export_run(owner, run, to)
    n_files = len(files_of(to, manifest))
    with bar("files", n_files) as advance:
        copied = copy_out(Store(settings().store_root), to, manifest, advance)
    rows = sum(table["rows"] for table in manifest.tables.values())
    typer.echo(f"exported {run}: {rows} rows, {copied} files copied, {n_files - copied} were there")


def import_(
    folder: Annotated[Path, typer.Argument(help="Folder that `skyledger export` filled.")],
    output: Format = Format.table,
) -> None:
    """Take a run of another ledger in, with its files: all or nothing; a repeat changes nothing.

    Of a run that moved on since it came first, what is new comes. Datasets keep their uids, so that plans reuse them as
    if they had been made here. Its loads of catalogs are cancelled units: `skyledger resume RUN` lets workers load the
    rows.

    Example: skyledger import /transfer/single_frame
    """
    from ingest.transfer.take_in import import_run

    with connect("owner") as owner:
        taken = import_run(owner, Store(settings().store_root), folder, partial(bar, "files"))
        loads = owner.execute("select n_cancelled from public.run where run = %s", [taken.run]).fetchone()
    show(["what", "new"], list(taken.new.items()), output)
    if output is Format.table:
        typer.echo(f"{taken.run} is here, with {taken.files} files, {taken.new_files} of them new")
    if taken.moved:
        typer.echo(f"{taken.moved} units that were here have ended elsewhere since", err=True)
    if taken.kept:
        typer.echo(f"{taken.kept} members stayed out: another dataset has their place in the collection here", err=True)
    if loads and loads[0]:
        typer.echo(f"{loads[0]} units are cancelled: `skyledger resume {taken.run}` lets workers do them", err=True)


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    app.command()(export)
    app.command("import")(import_)
