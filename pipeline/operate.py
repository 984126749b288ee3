"""Verbs of operators: status, watch, logs, retry, cancel."""

import time
from typing import Annotated, Any

import typer
from psycopg import Connection
from rich.progress import TaskID

from pipeline.errors import UnknownRun, UnknownUnit
from schema.connect import connect
from schema.output import Format, show
from schema.progress import progress

LOOK = 1.0  # seconds between two looks at a run
Run = Annotated[str, typer.Argument(help="Name of the run, as in the view run.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say which units are meant.")]

GOING = """
select run, created_at, n_units, n_waiting, n_ready, n_leased, n_done + n_reused as n_done, n_dead, n_blocked,
       n_cancelled
from public.run where n_units > 0 and (%(all)s or not ended) order by created_at desc, run"""

WORKERS = """
select w.host, count(*) as workers, count(l.worker_id) as busy, coalesce(sum(l.n), 0)::int as units,
       extract(epoch from now() - min(w.last_seen))::int as silent_s
from work.worker w
left join (select worker_id, count(*) as n from work.lease group by 1) l using (worker_id)
where w.stopped_at is null and w.last_seen > now() - interval '1 hour'
group by 1 order by 1"""


def status(
    every: Annotated[bool, typer.Option("--all", help="Runs that have ended, too.")] = False,
    workers: Annotated[bool, typer.Option("--workers", help="The hosts that work, instead of the runs.")] = False,
    output: Format = Format.table,
) -> None:
    """Say how far the runs are, or who works on them.

    Example: skyledger status

    Example: skyledger status --workers --output json
    """
    with connect("owner") as owner:
        cursor = owner.execute(WORKERS) if workers else owner.execute(GOING, {"all": every})
        names = [column.name for column in cursor.description or ()]
        rows = cursor.fetchall()
    show(names, rows, output)
    if not rows and output is Format.table:
        typer.echo("no worker was heard of in the last hour" if workers else "no run is going on", err=True)


def watch(
    run: Annotated[str | None, typer.Argument(help="Name of the run; the newest when none is given.")] = None,
) -> None:
    """Follow a run with a bar per task until it has ended; Ctrl-C leaves it going.

    The exit code is 1 when units are dead or cancelled.

    It only looks: the work is done by `skyledger work`, here or elsewhere.

    Example: skyledger watch single_frame/20260101T000000Z
    """
    from pipeline.running import show_progress

    with connect("owner") as owner:
        chosen = _existing(owner, run) if run else _newest(owner)
        with progress() as display:
            bars: dict[str, TaskID] = {}
            while not show_progress(owner, chosen, display, bars):
                time.sleep(LOOK)
        row = owner.execute(
            "select n_done + n_reused, n_units, n_dead, n_cancelled from run where run = %s", [chosen]
        ).fetchone()
    done, total, dead, cancelled = row or (0, 0, 0, 0)
    typer.echo(f"{chosen} has ended: {done} of {total} units are done, {dead} are dead, {cancelled} are cancelled")
    if dead or cancelled:
        raise typer.Exit(1)


def logs(unit: Annotated[int, typer.Argument(help="Unit, as in the view work_unit.")]) -> None:
    """Show every attempt at a unit: outcome, error, traceback, log.

    Example: skyledger logs 17
    """
    with connect("owner") as owner:
        rows = owner.execute(
            """select e.attempt, e.outcome, e.started_at, w.host, w.pid, e.error_class, e.error, e.traceback, e.log
               from work.execution e join work.worker w using (worker_id)
               where e.unit_id = %s order by e.execution_id""",
            [unit],
        ).fetchall()
    if not rows:
        raise UnknownUnit(f"unit {unit} has no execution yet; the view work_unit says in which state it is")
    for attempt, outcome, started, host, pid, kind, error, trace, log in rows:
        typer.echo(f"attempt {attempt}: {outcome} at {started:%Y-%m-%d %H:%M:%S} on {host} (process {pid})")
        typer.echo("\n".join(filter(None, [f"{kind}: {error}" if kind else "", trace, log])).rstrip())


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
        found = owner.execute(
            "select unit_id from work_unit where state = 'dead' and (unit_id = any(%s) or run = %s) order by 1",
            [units or [], run],
        ).fetchall()
        ids = [row[0] for row in found]
        if not ids:
            raise UnknownUnit("none of these units is dead: nothing to retry")
        if not dry_run:
            owner.execute("select work.retry(%s)", [ids])
    typer.echo(f"{'would retry' if dry_run else 'retrying'} {len(ids)} units: {', '.join(map(str, ids))}")


def cancel(run: Run, dry_run: DryRun = False) -> None:
    """Take what has not ended of a run out of the queue; `skyledger run` with the same plan takes it up again.

    What is done stays. Workers finish what they have at hand, and their answers are refused.

    Example: skyledger cancel single_frame/20260101T000000Z --dry-run
    """
    with connect("owner") as owner:
        _existing(owner, run)
        row = owner.execute(
            """select count(*) from work_unit where run = %s and state in ('waiting', 'ready', 'leased')""", [run]
        ).fetchone()
        n = row[0] if row else 0
        if not dry_run:
            row = owner.execute("select work.cancel(run_id) from run where run = %s", [run]).fetchone()
            n = row[0] if row else 0
    typer.echo(f"{'would cancel' if dry_run else 'cancelled'} {n} units of {run}")


def _existing(owner: Connection[Any], run: str) -> str:
    """Give the name of a run that has units; refuse any other."""
    if owner.execute("select from run where run = %s and n_units > 0", [run]).fetchone() is None:
        raise UnknownRun(run)
    return run


def _newest(owner: Connection[Any]) -> str:
    row = owner.execute(
        "select run from run where n_units > 0 order by created_at desc, run_id desc limit 1"
    ).fetchone()
    if row is None:
        raise UnknownRun("")
    return str(row[0])


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    for verb in (status, watch, logs, retry, cancel):
        app.command()(verb)
