"""What attempts wrote, after a while: long texts go, the attempts stay."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from psycopg import Connection, sql
from rich.filesize import decimal

from pipeline.errors import BadAge
from schema.connect import connect
from schema.progress import progress

AGE = re.compile(r"(\d{1,5})\s*(d|h|min)")
UNITS = {"d": "days", "h": "hours", "min": "minutes"}
BATCH = 10_000  # attempts in a transaction: no lock and no snapshot is held for long

OLD = """
  select e.execution_id, coalesce(pg_column_size(e.log), 0) + coalesce(pg_column_size(e.traceback), 0) as n_bytes
  from work.execution e join work.unit u using (unit_id)
  where e.ended_at < %(before)s and num_nonnulls(e.log, e.traceback) > 0 and u.state <> 'dead'"""
SIZE = sql.SQL("select count(*), coalesce(sum(n_bytes), 0)::int8 from ({}) x").format(sql.SQL(OLD))
FORGET = sql.SQL("""
with chosen as (
  select x.execution_id from ({}) x where x.execution_id > %(after)s order by 1 limit %(n)s
), changed as (
  update work.execution set log = null, traceback = null
  where execution_id = any(array(select execution_id from chosen)) returning execution_id
)
select count(*), max(execution_id) from changed""").format(sql.SQL(OLD))


def age(text: str) -> timedelta:
    """Read an age such as 90d, 36h or 30min.

    Raises
    ------
    BadAge
        Raised if it is none.
    """
    found = AGE.fullmatch(text.strip())
    if found is None:
        raise BadAge(text)
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def size(owner: Connection[Any], before: datetime) -> tuple[int, int]:
    """Count the attempts that ended before a moment and still have texts, and the bytes that these take on the disk."""
    row = owner.execute(SIZE, {"before": before}).fetchone()
    return (row[0], row[1]) if row else (0, 0)


def forget(owner: Connection[Any], before: datetime, batch: int = BATCH) -> int:
    """Drop log and traceback of the attempts that ended before a moment; those at dead units stay.

    Parameters
    ----------
    batch
        Attempts in one transaction; what is done when this is stopped stays done.

    Returns
    -------
    Number of attempts.
    """
    total, after = 0, 0
    with progress() as display:
        bar = display.add_task("forgetting logs", total=size(owner, before)[0], note="")
        while True:
            row = owner.execute(FORGET, {"before": before, "after": after, "n": batch}).fetchone()
            n, last = row or (0, None)
            if last is None:
                return total
            total, after = total + n, last
            display.update(bar, completed=total)


def forget_logs(
    older_than: Annotated[str, typer.Option(help="Age of an attempt from which on its texts go, e.g. 90d, 36h.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how much it is.")] = False,
) -> None:
    """Drop what old attempts logged, and their tracebacks. The attempts stay, with outcome, error and measurements.

    Attempts at units that are still dead keep all. The space serves new rows after the next vacuum.

    Example: skyledger forget-logs --older-than 90d --dry-run
    """
    kept = age(older_than)
    with connect("owner") as owner:
        before = owner.execute("select now() - %s", [kept]).fetchall()[0][0]
        n, n_bytes = size(owner, before)
        if not dry_run:
            n = forget(owner, before)
    said = "would forget" if dry_run else "forgot"
    typer.echo(f"{said} what {n} attempts before {before:%Y-%m-%d %H:%M} wrote: {decimal(n_bytes)}")


def mount(app: typer.Typer) -> None:
    """Hang these verbs on the command line."""
    app.command()(forget_logs)
