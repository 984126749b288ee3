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
    show(["catalog", "loads", "files", "rows"], rows, output)


def _retire(
    loads: Annotated[
        list[int] | None, typer.Argument(help="Loads; those whose retirement was interrupted by default.")
    ] = None,
    dry_run: DryRun = False,
    output: Format = Format.table,
) -> None:
    """Take the rows of loads out of their catalog; the Parquet files stay.

    `skyledger query loads` lists the loads, `skyledger reload LOAD` brings one back. Readers are not made to wait.

    Example: skyledger retire 12 --dry-run
    """
    from ingest.loads.retire import chosen, retire

    with connect("owner") as owner:
        these = chosen(owner, loads or [])
        if not dry_run:
            with bar("loads", len(these)) as advance:
                for one in these:
                    retire(owner, one)
                    advance()
    show(["load", "catalog", "files", "rows"], [(o.load_id, o.target, o.n_files, o.n_rows) for o in these], output)


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    for name, verb in (("compact", _compact), ("retire", _retire)):
        app.command(name)(verb)
