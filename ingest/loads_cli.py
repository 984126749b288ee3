"""Verbs for the loads of the catalogs: compact, retire."""

from typing import Annotated

import typer

from schema.connect import connect
from schema.output import Format, show
from schema.progress import bar
from schema.settings import settings
from schema.store import Store

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]


def _compact(
    catalog: Annotated[str | None, typer.Argument(help="Catalog table; all by default.", show_default=False)] = None,
    keep: Annotated[int, typer.Option(min=1, max=63, help="Most loads that a table keeps.")] = 32,
    dry_run: DryRun = False,
    output: Format = Format.table,
) -> None:
    """Merge the smallest loads of a catalog into one, from their Parquet files, until few are left.

    Cones and other look-ups take longer the more loads a table has. Whoever loads into a table with 64 merges first, so
    this is for quiet hours. Readers wait for some milliseconds, and see every row once at any moment.

    Example: skyledger compact source --dry-run
    """
    from ingest.loads.compact import drop_merged, merge, merges
    from ingest.loads.staging import new_token

    with connect("owner") as owner:
        found = merges(owner, keep, catalog)
        rows = [(these.catalog, len(these.loads), these.n_files, these.n_rows) for these in found]
        if not dry_run:
            owner.execute("select ingest.drop_leftovers()")
            drop_merged(owner)
            with bar("files", sum(these.n_files for these in found)) as advance:
                for these in found:
                    merge(owner, Store(settings().store_root), these, new_token(owner), advance)
    show(["catalog", "loads", "files", "rows"], rows, output, empty="nothing to merge")


def _retire(
    loads: Annotated[
        list[int] | None, typer.Argument(help="Loads; those whose retirement was interrupted by default.")
    ] = None,
    all_runs: Annotated[
        bool, typer.Option("--all-runs", help="Also loads that hold rows of several runs: all of them go.")
    ] = False,
    dry_run: DryRun = False,
    output: Format = Format.table,
) -> None:
    """Take the rows of loads out of their catalog; the Parquet files stay.

    `skyledger query loads` lists the loads, `skyledger reload LOAD` brings one back. Readers are not made to wait.

    The column runs names every run whose rows go: of a merged load those of all its parts, and runs that took results
    over. Where there are several, --all-runs must say that this is meant.

    Example: skyledger retire 12 --dry-run

    Example: skyledger retire 12 --all-runs
    """
    from ingest.loads.retire import chosen, refuse_several_runs, retire

    with connect("owner") as owner:
        found = chosen(owner, loads or [])
        these = [one for one in found if one.state != "retired"]
        for one in found:
            if one.state == "retired":
                typer.echo(f"load {one.load_id} is already retired", err=True)
        if not dry_run:
            if not all_runs:
                refuse_several_runs(these)
            with bar("loads", len(these)) as advance:
                for one in these:
                    retire(owner, one)
                    advance()
    rows = [(one.load_id, one.target, one.n_files, one.n_rows, one.runs) for one in these]
    show(["load", "catalog", "files", "rows", "runs"], rows, output, whole=True, empty="nothing to retire")


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    for name, verb in (("compact", _compact), ("retire", _retire)):
        app.command(name)(verb)
