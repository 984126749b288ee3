"""Verbs that look at runs: status, watch, logs."""

import json
import time
from enum import StrEnum
from typing import Annotated, Any

import typer
from psycopg import Connection

from pipeline.errors import UnknownRun, UnknownUnit
from pipeline.overview import COLUMNS, LATEST, TABLE, brief, overview
from pipeline.watching import bars, existing, look, pause_after
from schema.connect import connect
from schema.output import Format, show

BETWEEN = 1.0  # seconds between two looks at a run

WORKERS = """
select w.host, count(*) as workers, count(l.worker_id) as busy, coalesce(sum(l.n), 0)::int as units,
       extract(epoch from now() - min(w.last_seen))::int as silent_s
from work.worker w
left join (select worker_id, count(*) as n from work.lease group by 1) l using (worker_id)
where w.stopped_at is null and w.last_seen > now() - interval '1 hour'
group by 1 order by 1"""


def status(
    every: Annotated[bool, typer.Option("--all", help="All runs; default: the latest 10, and all that go on.")] = False,
    workers: Annotated[bool, typer.Option("--workers", help="The hosts that work, instead of the runs.")] = False,
    output: Format = Format.table,
) -> None:
    """Say how far the runs are, or who works on them. JSON and CSV say more than the table.

    Example: skyledger status

    Example: skyledger status --workers --output json
    """
    with connect("owner") as owner:
        if workers:
            cursor = owner.execute(WORKERS)
            names = [column.name for column in cursor.description or ()]
            show(names, cursor.fetchall(), output, empty="no worker is running")
            return
        runs = overview(owner, None if every else LATEST)
    if output is Format.table:
        show(TABLE, brief(runs), output, whole=True, empty="there is no run yet")
    else:
        show(COLUMNS, [tuple(run.values()) for run in runs], output)


class Shown(StrEnum):
    """How a run is followed."""

    bars = "bars"
    json = "json"


def watch(
    run: Annotated[str | None, typer.Argument(help="Name of the run; the newest when none is given.")] = None,
    output: Annotated[Shown, typer.Option(help="Bars on a terminal, or a line of JSON for each look.")] = Shown.bars,
) -> None:
    """Follow a run until it has ended: a bar per task, pace, time left; Ctrl-C leaves it going.

    The exit code is 1 when units are dead or cancelled.

    It only looks: the work is done by `skyledger work`, here or elsewhere.

    Example: skyledger watch single_frame/20260101T000000Z

    Example: skyledger watch --output json
    """
    with connect("owner") as owner:
        chosen = existing(owner, run) if run else _newest(owner)
        _follow(owner, chosen, output)
        row = owner.execute(
            "select n_done + n_reused, n_units, n_dead, n_cancelled from run where run = %s", [chosen]
        ).fetchone()
    done, total, dead, cancelled = row or (0, 0, 0, 0)
    if output is Shown.bars:
        typer.echo(f"{chosen} has ended: {done} of {total} units are done, {dead} are dead, {cancelled} are cancelled")
    if dead or cancelled:
        raise typer.Exit(1)


def _follow(connection: Connection[Any], run: str, output: Shown) -> None:
    """Look at a run again and again until it has ended."""
    with bars() as shown:
        while True:
            began = time.monotonic()
            seen = look(connection, run)
            if output is Shown.json:
                typer.echo(json.dumps(seen.record()))
            else:
                shown.show(seen)
            if seen.ended:
                return
            time.sleep(pause_after(time.monotonic() - began, BETWEEN))


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
        state = owner.execute("select state, run from work_unit where unit_id = %s", [unit]).fetchone()
    if not rows:
        raise _unattempted(unit, state)
    for attempt, outcome, started, host, pid, kind, error, trace, log in rows:
        typer.echo(f"attempt {attempt}: {outcome} at {started:%Y-%m-%d %H:%M:%S} on {host} (process {pid})")
        typer.echo("\n".join(filter(None, [f"{kind}: {error}" if kind else "", trace, log])).rstrip())


def _unattempted(unit: int, found: tuple[Any, ...] | None) -> UnknownUnit:
    """Say why a unit has no attempt."""
    if found is None:
        return UnknownUnit(f"there is no unit {unit}: `skyledger query failures` and the view work_unit name units")
    state, run = found
    return UnknownUnit(f"unit {unit} of {run} has no attempt yet: it is {state}")


def _newest(owner: Connection[Any]) -> str:
    row = owner.execute(
        "select run from run where n_units > 0 order by created_at desc, run_id desc limit 1"
    ).fetchone()
    if row is None:
        raise UnknownRun("")
    return str(row[0])


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    for verb in (status, watch, logs):
        app.command()(verb)
