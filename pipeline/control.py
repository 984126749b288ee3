"""Verbs that stop runs and let them go on: pause, resume, cancel, retry, weight."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from psycopg import Connection

from pipeline.errors import BadWeight, NothingToResume, RunHasEnded, UnknownUnit
from pipeline.watching import existing
from schema.connect import connect

Run = Annotated[str, typer.Argument(help="Name of the run, as in the view run.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say which units are meant.")]


def positive(weight: float | None) -> float | None:
    """Give a weight back, if it is one.

    Raises
    ------
    BadWeight
        Raised if it is not a number from a millionth to a million.
    """
    if weight is not None and not 1e-6 <= weight <= 1e6:
        raise BadWeight(weight)
    return weight


def _refuse_sealed(owner: Connection[Any], runs: Sequence[str]) -> None:
    """Refuse runs that are sealed: whatever was computed for them would be refused in the end."""
    from schema.ledger.collections import find
    from schema.ledger.curation import refuse_sealed

    for run_id, run in zip(find(owner, runs), runs, strict=True):
        refuse_sealed(owner, run_id, run)


def _going(owner: Connection[Any], run: str, verb: str) -> tuple[int, int, int]:
    """Give the key of a run that goes on, its units that wait or are ready, and those that workers have.

    Raises
    ------
    UnknownRun, RunHasEnded
        Raised if there is no such run, or nothing is left of it.
    """
    row = owner.execute(
        "select run_id, n_waiting + n_ready, n_leased, ended from run where run = %s", [existing(owner, run)]
    ).fetchone()
    run_id, queued, leased, ended = row or (0, 0, 0, True)
    if ended:
        raise RunHasEnded(run, verb)
    return run_id, queued, leased


def pause(run: Run, dry_run: DryRun = False) -> None:
    """Let no further unit of a run be claimed, until `skyledger resume`; workers finish what they have.

    Example: skyledger pause single_frame/20260101T000000Z --dry-run
    """
    with connect("owner") as owner:
        run_id, held, leased = _going(owner, run, "pause")
        if not dry_run:
            owner.execute("select work.pause(%s)", [run_id])
    said = "would pause" if dry_run else "paused"
    typer.echo(f"{said} {run}: {held} units wait until `skyledger resume {run}`, workers finish {leased}")


def resume(run: Run) -> None:
    """Let a run go on that was paused or cancelled; what was cancelled goes back into the queue.

    It takes its share of the workers from now on: for the time in which it stood still it gets nothing back.

    Example: skyledger resume single_frame/20260101T000000Z
    """
    with connect("owner") as owner, owner.transaction():
        row = owner.execute(
            "select run_id, paused, n_cancelled from run where run = %s", [existing(owner, run)]
        ).fetchone()
        run_id, paused, cancelled = row or (0, False, 0)
        _refuse_sealed(owner, [run])
        if not paused and not cancelled:
            raise NothingToResume(run)
        owner.execute("select work.unpause(%s)", [run_id])
        owner.execute("select work.resume(%s)", [run_id])
        row = owner.execute("select n_waiting + n_ready from run where run_id = %s", [run_id]).fetchone()
    typer.echo(f"resumed {run}: {row[0] if row else 0} units go on, {cancelled} of them had been cancelled")


def weight(
    run: Run,
    weight: Annotated[
        float, typer.Argument(callback=positive, help="Share of the workers against other runs; 1 is usual.")
    ],
) -> None:
    """Give a run that goes on another share of the workers.

    It counts at once, for what is ready and for what becomes ready; what workers have stays with them.

    Example: skyledger weight single_frame/20260101T000000Z 3
    """
    with connect("owner") as owner:
        run_id, *_ = _going(owner, run, "share")
        row = owner.execute("select work.weigh(%s, %s)", [run_id, weight]).fetchone()
    typer.echo(f"{run} has the weight {weight:g}; {row[0] if row else 0} units that are ready are in line anew")


def cancel(run: Run, dry_run: DryRun = False) -> None:
    """Take what has not ended of a run out of the queue; `skyledger resume` takes it up, or `run` with the same plan.

    What is done stays. Workers finish what they have at hand, and their answers are refused.

    Example: skyledger cancel single_frame/20260101T000000Z --dry-run
    """
    with connect("owner") as owner:
        run_id, queued, leased = _going(owner, run, "cancel")
        n = queued + leased
        if not dry_run:
            row = owner.execute("select work.cancel(%s)", [run_id]).fetchone()
            n = row[0] if row else 0
    typer.echo(f"{'would cancel' if dry_run else 'cancelled'} {n} units of {run}")


def retry(
    units: Annotated[
        list[int] | None, typer.Argument(help="Units; all dead ones of the run when none is given.")
    ] = None,
    run: Annotated[str | None, typer.Option(help="Run whose dead units are meant.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Give dead units three attempts more, and free what they blocked.

    Example: skyledger retry --run single_frame/20260101T000000Z --dry-run
    """
    if not units and run is None:
        raise UnknownUnit("give units, or a run with --run")
    with connect("owner") as owner:
        if run is not None:
            existing(owner, run)
        found = owner.execute(
            """select unit_id, run from work_unit
               where state = 'dead' and (%(units)s::int8[] is null or unit_id = any(%(units)s::int8[]))
                 and (%(run)s::text is null or run = %(run)s) order by 1""",
            {"units": units or None, "run": run},
        ).fetchall()
        ids = [row[0] for row in found]
        _refuse_sealed(owner, sorted({row[1] for row in found}))
        if not ids:
            raise UnknownUnit("none of these units is dead: nothing to retry")
        if others := sorted(set(units or ()) - set(ids)):
            typer.echo(f"units {', '.join(map(str, others))} are not dead and stay as they are", err=True)
        if not dry_run:
            owner.execute("select work.retry(%s)", [ids])
    typer.echo(f"{'would retry' if dry_run else 'retrying'} {len(ids)} units: {', '.join(map(str, ids))}")


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    for verb in (pause, resume, cancel, retry, weight):
        app.command()(verb)
