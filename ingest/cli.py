"""Verbs of ingest."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from psycopg import Connection

from ingest.report import SUFFIXES, Report, files_in
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
def exposures(
    paths: Paths,
    corrections: Annotated[
        list[Path] | None, typer.Option(help="File of header corrections; may be given more than once.")
    ] = None,
    output: Format = Format.table,
) -> None:
    """Register camera files: exposures, visits, footprints, datasets.

    A file that cannot be used gets one line that says why; the others come in, and the exit code is 1. Where headers
    say what is not true, header corrections say what is (docs/cameras.md); they are kept with the files.

    Example: skyledger ingest exposures tests/data/decam_ra186.744+25.462/instcal
    """
    from ingest.cameras.corrections.correction import read_corrections
    from ingest.exposures import ingest_exposures

    known = [correction for path in corrections or [] for correction in read_corrections(path)]
    _ingest("exposures", partial(ingest_exposures, corrections=known), paths, output)


@verbs.command()
def refcat(paths: Paths, output: Format = Format.table) -> None:
    """Register files of reference catalogs and load their stars into the table reference_star.

    Gaia DR2 chunks, Tycho-2, Pan-STARRS 1 and SDSS are known by what is in the file. A file that cannot be used gets
    one line that says why; the others come in, and the exit code is 1.

    Example: skyledger ingest refcat tests/data/decam_ra186.744+25.462/gaia_dr2
    """
    from ingest.refcats.ingest import ingest_refcat
    from ingest.refcats.rawtable import SUFFIXES as TABLES

    _ingest("refcat", ingest_refcat, paths, output, TABLES)


@verbs.command()
def positions(
    name: Annotated[str, typer.Argument(help="Name of the list; another file of that name takes its place.")],
    path: Annotated[Path, typer.Argument(help="CSV or Parquet with ra, dec and, where known, id, pmra, pmdec, epoch.")],
    output: Format = Format.table,
) -> None:
    """Register a list of sky positions, where the pipeline forced_photometry measures every image.

    Example: skyledger ingest positions supernovae supernovae.csv
    """
    from ingest.positions import ingest_positions

    with connect("owner") as connection:
        _tell(ingest_positions(connection, Store(settings().store_root), name, path), output)


def describe(
    paths: Annotated[list[Path], typer.Argument(help="Files with headers, or folders with them.", show_default=False)],
    output: Format = Format.table,
) -> None:
    """Show what headers say, before anything is ingested: one row per detector that has a header of its own.

    FITS files, also packed, and headers saved as text, YAML or JSON, of every camera that can be ingested and of others
    whose headers are known. What a header does not say is empty. A file that cannot be described gets one line that
    names the keyword; the others are shown, and the exit code is 1. The database is not asked.

    Example: skyledger describe tests/data/headers/obs_lsst --output csv
    """
    from ingest.headers.batch import SUFFIXES as HEADERS
    from ingest.headers.batch import describe_files
    from ingest.headers.description import COLUMNS

    files = files_in(paths, HEADERS)
    with bar("describe", len(files)) as advance:
        described, refused = describe_files(files, advance)
    for sentence in refused:
        typer.echo(sentence, err=True)
    show(COLUMNS, [one.row() for one in described], output)
    if refused:
        raise typer.Exit(1)


def _ingest(
    what: str, ingester: Ingester, paths: list[Path], output: Format, suffixes: tuple[str, ...] = SUFFIXES
) -> None:
    """Ingest with a progress bar."""
    files = files_in(paths, suffixes)
    with connect("owner") as connection, bar(what, len(files)) as advance:
        report = ingester(connection, Store(settings().store_root), files, advance)
    _tell(report, output)


def _tell(report: Report, output: Format) -> None:
    """Report, and end with 1 when a file was refused."""
    for sentence in report.sentences:
        typer.echo(sentence, err=True)
    show(["files", "outcome"], [(n, outcome) for outcome, n in sorted(report.counts().items())], output)
    if report.refused:
        raise typer.Exit(1)


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    app.add_typer(verbs, name="ingest")
    app.command()(describe)
