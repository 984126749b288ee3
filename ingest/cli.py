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


@verbs.command()
def catalog(
    paths: Paths,
    recipe: Annotated[Path, typer.Option(help="YAML file that says what the columns mean and who made them.")],
    run: Annotated[str, typer.Option(help="Run that the catalogs go into; catalogs/ and the recipe's name.")] = "",
    dry_run: Annotated[bool, typer.Option(help="Say what would become of the files, and write nothing.")] = False,
    output: Format = Format.table,
) -> None:
    """Register Parquet catalogs made elsewhere, convert them, and load their rows.

    The recipe (docs/foreign_catalogs.md) says to which table they go, how their columns are called, and which software
    made them of what. A file that cannot be used gets one line that says why; the others come in, and the exit code is
    1. The same files again change nothing.

    Example: skyledger ingest catalog --recipe sextractor.yaml night1
    """
    from ingest.catalogs.delivered import SUFFIXES as PARQUET
    from ingest.catalogs.ingest import ingest_catalogs
    from ingest.catalogs.recipe import read_recipe

    name = run or f"catalogs/{recipe.stem}"
    ingester = partial(ingest_catalogs, recipe=read_recipe(recipe), name=name, dry_run=dry_run)
    _ingest("catalog", ingester, paths, output, PARQUET)


@verbs.command()
def records(
    files: Annotated[
        list[Path], typer.Argument(help="YAML of a Butler's export, also packed (.gz, .xz).", show_default=False)
    ],
    output: Format = Format.table,
) -> None:
    """Register dimension records: filters, visits, exposures, their regions, skymaps, tracts and patches.

    What is known already must say the same; a file that contradicts it is refused as a whole. Afterwards `skyledger
    plan PIPELINE --expected CONDITION` says what a pipeline would do with the files of these records.

    Example: skyledger ingest records tests/data/registry/hsc-rc2-part.yaml.xz
    """
    from ingest.records.register import ingest_records

    with connect("owner") as connection:
        told = [(path.name, *one) for path in files for one in ingest_records(connection, path)]
    show(["file", "element", "records", "new"], told, output)


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
    show(COLUMNS, [one.row() for one in described], output, empty="" if refused else "no rows")
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
