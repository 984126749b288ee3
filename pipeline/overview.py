"""How far the runs are: the latest ones, and all that go on."""

from collections.abc import Iterator, Mapping
from typing import Any

from psycopg import Connection

from schema.output import duration

LATEST = 10  # runs that are shown whether they go on or not

# What waits does so for a unit that is ready, leased, or settled and not read yet: so these tell which runs go on, and
# the units of other runs are not counted.
RUNS = """
with chosen as (
  (select run_id from work.share order by run_id desc limit %s)
  union select u.run_id from work.ready join work.unit u using (unit_id)
  union select u.run_id from work.lease join work.unit u using (unit_id)
  union select u.run_id from work.settled join work.unit u using (unit_id)
)
select r.run, r.created_at, r.n_units, r.n_waiting, r.n_ready, r.n_leased, r.n_done + r.n_reused as n_done, r.n_dead,
       r.n_blocked, r.n_cancelled, r.paused, r.weight, p.units_per_minute,
       case when not r.ended and not r.paused then r.left_s / p.left_s_per_s end as remaining_s, r.ended
from chosen c
cross join lateral (select * from public.run where run_id = c.run_id offset 0) r
left join public.run_pace p on p.run_id = r.run_id
where r.n_units > 0 order by r.created_at desc, r.run"""

COLUMNS = (
    "run", "created_at", "n_units", "n_waiting", "n_ready", "n_leased", "n_done", "n_dead", "n_blocked", "n_cancelled",
    "paused", "weight", "units_per_minute", "remaining_s", "ended",
)  # fmt: skip
TABLE = ("run", "state", "done", "running", "dead", "left")


def overview(connection: Connection[Any], latest: int | None) -> list[dict[str, Any]]:
    """Say of runs how far they are, the newest first.

    Parameters
    ----------
    latest
        So many runs, and all others that go on; all runs when None.
    """
    return [dict(zip(COLUMNS, row, strict=True)) for row in connection.execute(RUNS, [latest])]


def brief(runs: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """Give the rows of TABLE: what fits beside the name of a run on a terminal of 100 columns."""
    for run in runs:
        left = "" if run["remaining_s"] is None else duration(run["remaining_s"])
        yield run["run"], _state(run), f"{run['n_done']}/{run['n_units']}", run["n_leased"], run["n_dead"], left


def _state(run: Mapping[str, Any]) -> str:
    """Give the state of a run in a word or two."""
    if run["ended"]:
        return "cancelled" if run["n_cancelled"] else "ended"
    return "paused" if run["paused"] else "going on"
