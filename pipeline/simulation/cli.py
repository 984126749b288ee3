"""The verb simulate: a survey whose truth is known."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schema.output import Format, show
from schema.progress import bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.simulation.survey import Survey, Wanted

CORES = len(os.sched_getaffinity(0))


def simulate(
    survey: Annotated[Path, typer.Argument(help="YAML file that describes the survey.")],
    to: Annotated[Path, typer.Option(help="Folder for frames and truth.", show_default=False)],
    only: Annotated[
        list[str] | None, typer.Option(help="science, bias, dark or flat; may be given more than once.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Number of processes.")] = CORES,
    ingest: Annotated[bool, typer.Option("--ingest", help="Bring frames and truth into the ledger.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List frames and their bytes, and write none.")] = False,
    output: Format = Format.table,
) -> None:
    """Simulate a survey: raw frames of an invented camera, and tables of what is truly on the sky and in the detectors.

    The same description gives the same pixels, bit for bit, and any frame can be made alone. What the folder has
    already is left as it is. With --ingest, the tables truth_object, truth_source, truth_detector and truth_crosstalk
    can be joined with what pipelines find.

    Example: skyledger simulate survey.yaml --to simulated --dry-run

    Example: skyledger simulate survey.yaml --to simulated --ingest

    Example: skyledger simulate survey.yaml --to simulated --only bias --only flat
    """
    from pipeline.simulation.survey import read

    described = read(survey)
    frames = described.frames(only or ())
    if dry_run:
        rows = [(one.name, one.exposure.begin, one.exposure.physical_filter, one.size) for one in frames]
        show(["file", "begin", "filter", "bytes"], rows, output)
        return
    from pipeline.simulation.making import make

    with bar("simulate", len(frames)) as advance:
        made = make(described, frames, to, jobs, advance)
    show(["frames", "outcome"], [(n, what) for n, what in ((made, "made"), (len(frames) - made, "there")) if n], output)
    if ingest:
        _ingest(described, frames, to)


def _ingest(described: "Survey", frames: "Sequence[Wanted]", folder: Path) -> None:
    """Bring frames and truth into the ledger."""
    from ingest.exposures import ingest_exposures
    from pipeline.simulation.making import RAW
    from pipeline.simulation.register import register_truth
    from schema.connect import connect
    from schema.settings import settings
    from schema.store import Store

    store = Store(settings().store_root)
    with connect("owner") as connection, bar("exposures", len(frames)) as advance:
        report = ingest_exposures(connection, store, [folder / RAW / one.name for one in frames], advance)
        for sentence in report.sentences:
            typer.echo(sentence, err=True)
        if report.refused:
            raise typer.Exit(1)
        run = register_truth(connection, store, described, frames, folder)
    counts = ", ".join(f"{n} {outcome}" for outcome, n in sorted(report.counts().items()))
    typer.echo(f"frames: {counts}; truth: run {run}", err=True)


def mount(app: typer.Typer) -> None:
    """Hang the verb on the command line."""
    app.command()(simulate)
