"""Verbs of ingest."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from psycopg import Connection

from ingest.report import Report, files_in
from schema.connect import connect
from schema.output import Format, show
from schema.progress import bar
from schema.settings import settings
from schema.store import Store

Ingester = Callable[[Connection[Any], Store, list[Path], Callable[[], object]], Report]
Paths = Annotated[list[Path], typer.Argument(help="Files, or folders with files.", show_default=False)]

verbs = typer.Typer(
    no_args_is_help=True, help="Bring files into the ledger; files that are known already are left as they are."
)


@verbs.command()
def exposures(paths: Paths, output: Format = Format.table) -> None:
    """Register camera files: exposures, visits, footprints, datasets.

    A file that cannot be used gets one line that says why; the others come in, and the exit code is 1.

    Example: skyledger ingest exposures tests/data/decam_ra186.744+25.462/instcal
    """
    from ingest.exposures import ingest_exposures

    _ingest("exposures", ingest_exposures, paths, output)


@verbs.command()
def refcat(paths: Paths, output: Format = Format.table) -> None:
    """Register reference catalogs (Gaia DR2 chunks) and load their stars into the table reference_star.

    Example: skyledger ingest refcat tests/data/decam_ra186.744+25.462/gaia_dr2
    """
    from ingest.refcats.ingest import ingest_refcat

    _ingest("refcat", ingest_refcat, paths, output)


def _ingest(what: str, ingester: Ingester, paths: list[Path], output: Format) -> None:
    """Ingest with a progress bar, report, and end with 1 when a file was refused."""
    files = files_in(paths)
    with connect("owner") as connection, bar(what, len(files)) as advance:
        report = ingester(connection, Store(settings().store_root), files, advance)
    for sentence in report.sentences:
        typer.echo(sentence, err=True)
    show(["files", "outcome"], [(n, outcome) for outcome, n in sorted(report.counts().items())], output)
    if report.refused:
        raise typer.Exit(1)


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    app.add_typer(verbs, name="ingest")
