"""Verbs of work: plan, run, work."""

import os
import signal
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from psycopg import Connection

from pipeline.control import positive
from schema.connect import connect
from schema.output import Format, show

if TYPE_CHECKING:
    from pipeline.planner.graph import Plan

CORES = len(os.sched_getaffinity(0))


def _complete(incomplete: str) -> list[str]:
    """Give the shipped pipelines whose names begin so, to the shell."""
    from pipeline.definition import shipped

    return [name for name in shipped() if name.startswith(incomplete)]


Name = Annotated[str, typer.Argument(help="Name of a shipped pipeline, or a YAML file.", autocompletion=_complete)]
Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        help="Collection to take inputs from, in order; default: the newest run of the pipeline that this one follows, "
        "if any, and all that was ingested.",
    ),
]
Where = Annotated[
    str | None, typer.Option(help="Condition on the view `dataset`, e.g. \"instrument = 'DECam' and band = 'g'\".")
]
Workers = Annotated[int, typer.Option(min=1, help="Number of worker processes.")]
Weight = Annotated[
    float | None,
    typer.Option(callback=positive, help="Share of the workers against other runs; 1 unless it was given before."),
]
Queues = Annotated[
    list[str] | None,
    typer.Option("--queue", help="Class of resources to serve; default: all of work.queue that fit into the memory."),
]
Memory = Annotated[
    int | None,
    typer.Option(min=1, help="What the workers may take together [MiB]; default: most of what is available."),
]


def plan(pipeline: Name, inputs: Inputs = None, where: Where = None, output: Format = Format.table) -> None:
    """Say what a pipeline would do, task by task: to run, reused, and the CPU time of it. Nothing is submitted.

    Example: skyledger plan single_frame --where "instrument = 'SDSS'"
    """
    with connect("owner") as connection:
        planned = _plan(connection, pipeline, inputs or [], where)
    show(["task", "to_run", "reused"], list(planned.counts()), output)
    if output is Format.table:
        cost = "unknown" if planned.cpu_s is None else f"{planned.cpu_s / 3600:.3f} CPU h"
        typer.echo(
            f"{len(planned.to_run)} to run / {len(planned.quanta) - len(planned.to_run)} reused / estimated {cost}"
        )


def run(
    pipeline: Name,
    inputs: Inputs = None,
    where: Where = None,
    name: Annotated[str | None, typer.Option("--run", help="Name of the run; default: pipeline and time.")] = None,
    workers: Workers = CORES,
    memory: Memory = None,
    weight: Weight = None,
    output: Format = Format.table,
) -> None:
    """Plan a pipeline, submit it, and let local workers do it. Exit code 1 when units are dead or cancelled.

    What any earlier run computed is reused; the same plan is the same run, and goes on where it stopped.

    Example: skyledger run single_frame --workers 2
    """
    from pipeline.running import submit_or_find, work_until_ended

    with connect("owner") as connection:
        planned = _plan(connection, pipeline, inputs or [], where)
        chosen = submit_or_find(connection, planned, name, datetime.now(UTC), weight)
        if not _ended(chosen):
            work_until_ended(chosen, workers, memory_mb=memory)
        elif not planned.to_run:
            typer.echo(f"0 units to compute: all {len(planned.quanta)} results are there already", err=True)
    _report(chosen, len(planned.quanta) - len(planned.to_run), output)


def _plan(connection: Connection[Any], name: str, inputs: list[str], where: str | None) -> "Plan":
    """Plan, and say which collections were taken when none was named, and what cannot be used."""
    from pipeline.definition import read
    from pipeline.running import default_inputs, make_plan

    pipeline = read(name)
    if pipeline.follows and not inputs:
        inputs = default_inputs(connection, pipeline)
        typer.echo(f"inputs are taken from {', '.join(inputs)}", err=True)
    planned = make_plan(connection, pipeline, inputs, where)
    for sentence in planned.refused:
        typer.echo(sentence, err=True)
    return planned


def _ended(run: str) -> bool:
    with connect("reader") as reader:
        row = reader.execute("select ended from run where run = %s", [run]).fetchone()
        return bool(row and row[0])


def _report(run: str, reused: int, output: Format) -> None:
    """Show how a run ended."""
    with connect("reader") as reader:
        columns = ["run", "n_units", "n_done", "n_reused", "n_dead", "n_blocked"]
        rows = reader.execute(
            "select run, n_units, n_done, n_reused, n_dead, n_blocked, n_cancelled from run where run = %s", [run]
        ).fetchall()
    show([*columns, "n_found"], [(*row[:-1], reused) for row in rows], output)
    dead, cancelled = (rows[0][4], rows[0][6]) if rows else (0, 0)
    if dead:
        typer.echo(
            f"{dead} units are dead: see `skyledger query failures`, `skyledger logs UNIT` and `skyledger retry`",
            err=True,
        )
    if cancelled:
        typer.echo(f"{cancelled} units were cancelled: the same command takes them up again", err=True)
    if dead or cancelled:
        raise typer.Exit(1)


def work(
    workers: Workers = CORES,
    queues: Queues = None,
    memory: Memory = None,
    idle: Annotated[
        float | None, typer.Option(min=1, help="End after this long without anything to do [s]; never by default.")
    ] = None,
) -> None:
    """Pull units of any run until SIGTERM or Ctrl-C; what is at hand is finished first.

    Example: skyledger work --workers 16 --idle 600
    """
    from pipeline.idle import Idle
    from pipeline.pool import Pool

    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: stopping.append(number))
    quiet = Idle(idle) if idle else None
    with Pool(workers, queues or (), memory) as pool:
        served = sorted(set().union(*pool.places))
        pool.watch(lambda connection: bool(stopping) or (quiet is not None and quiet(connection, served)))


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    for verb in (plan, run, work):
        app.command()(verb)
