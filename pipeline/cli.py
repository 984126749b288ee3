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
Force = Annotated[
    list[str] | None,
    typer.Option(
        help="Task to compute again although its results are there, or `all`; can be repeated. "
        "What follows is computed again where they differ."
    ),
]
Salt = Annotated[
    int | None,
    typer.Option(min=1, help="With --force: go on with the recomputation that was told this number, not a new one."),
]
Workers = Annotated[int, typer.Option(min=1, help="Number of worker processes.")]
Weight = Annotated[
    float | None,
    typer.Option(callback=positive, help="Share of the workers against other runs, 1 unless given before."),
]
Queues = Annotated[
    list[str] | None,
    typer.Option("--queue", help="Class of resources to serve, e.g. large; can be repeated; default: all that fit."),
]
Memory = Annotated[
    int | None,
    typer.Option(min=1, help="What the workers may take together [MiB]; default: nine tenths of what is free here."),
]


def plan(
    pipeline: Name,
    inputs: Inputs = None,
    where: Where = None,
    force: Force = None,
    salt: Salt = None,
    expected: Annotated[
        str | None,
        typer.Option(
            help="Plan on images whose files are not there yet: a condition on the view `expected_image`, "
            "which `skyledger ingest records` fills."
        ),
    ] = None,
    output: Format = Format.table,
) -> None:
    """Say what a pipeline would do, task by task: to run, reused, and the CPU time of it. Nothing is submitted.

    Example: skyledger plan single_frame --where "instrument = 'SDSS'"

    Example: skyledger plan single_frame --expected "instrument = 'HSC' and band = 'i'"

    Example: skyledger plan single_frame --force calibrate
    """
    with connect("owner") as connection:
        if expected is None:
            planned = _plan(connection, pipeline, inputs or [], where, force or [], salt)
        else:
            planned = _foresee(connection, pipeline, expected)
    rows = [(task, n, reused, _hours(planned.estimate(task, n))) for task, n, reused in planned.counts()]
    show(["task", "to_run", "reused", "cpu_h"], rows, output)
    if output is Format.table:
        typer.echo(_sum(planned))


def run(
    pipeline: Name,
    inputs: Inputs = None,
    where: Where = None,
    name: Annotated[str | None, typer.Option("--run", help="Name of the run; default: pipeline and time.")] = None,
    workers: Workers = CORES,
    memory: Memory = None,
    weight: Weight = None,
    force: Force = None,
    salt: Salt = None,
    output: Format = Format.table,
) -> None:
    """Plan a pipeline, submit it, and let local workers do it. Exit code 1 when units are dead or cancelled.

    What any earlier run computed is reused; the same plan is the same run, and goes on where it stopped.

    Example: skyledger run single_frame --workers 2

    Example: skyledger run single_frame --where "instrument = 'DECam'" --weight 3
    """
    from pipeline.running import submit_or_find, work_until_ended

    with connect("owner") as connection:
        planned = _plan(connection, pipeline, inputs or [], where, force or [], salt)
        typer.echo(_sum(planned), err=True)
        chosen = submit_or_find(connection, planned, name, datetime.now(UTC), weight)
        if not _ended(chosen):
            work_until_ended(chosen, workers, memory_mb=memory)
        elif not planned.to_run:
            typer.echo(f"0 units to compute: all {len(planned.quanta)} results are there already", err=True)
    _report(chosen, len(planned.quanta) - len(planned.to_run), output)


def _plan(
    connection: Connection[Any], name: str, inputs: list[str], where: str | None, force: list[str], salt: int | None
) -> "Plan":
    """Plan, and say which collections were taken when none was named, what is forced, and what cannot be used."""
    from pipeline.definition import read
    from pipeline.running import default_inputs, make_plan, salts_of

    pipeline = read(name)
    if pipeline.follows and not inputs:
        inputs = default_inputs(connection, pipeline)
        typer.echo(f"inputs are taken from {', '.join(inputs)}", err=True)
    salts = salts_of(connection, pipeline, force, salt)
    if salts and salt is None:
        chosen = max(salts.values())
        typer.echo(f"computed again on purpose: the same command with --salt {chosen} goes on with it", err=True)
    planned = make_plan(connection, pipeline, inputs, where, salts)
    for sentence in planned.refused:
        typer.echo(sentence, err=True)
    return planned


def _foresee(connection: Connection[Any], name: str, where: str) -> "Plan":
    """Plan on what records foretell, and say that nothing of it can run."""
    from pipeline.definition import read
    from pipeline.planner.expected import foresee

    foreseen = foresee(connection, read(name), where)
    typer.echo(
        f"nothing of this can run: the {foreseen.n_expected} files of {foreseen.dataset_type} that it starts from are "
        "not in the ledger, only their dimension records; ingest the files and plan again",
        err=True,
    )
    return foreseen.plan


def _sum(planned: "Plan") -> str:
    """Say in one line what a plan would do."""
    to_run, cost = len(planned.to_run), planned.cpu_s
    known = "unknown" if cost is None else f"{_hours(cost):g} CPU h"
    return f"{to_run} to run / {len(planned.quanta) - to_run} reused / estimated {known}"


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 3600, 3)


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

    Units have a class of resources. The first worker takes the largest class that fits into the memory beside the
    others, the others share the rest.

    Example: skyledger work --workers 16 --idle 600

    Example: skyledger work --workers 4 --memory 60000

    Example: skyledger work --workers 1 --queue large --queue huge
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
