"""A turn from its beginning to its verdict, wherever it was interrupted."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import Connection
from pydantic import ValidationError

from pipeline.campaigns.alone import alone
from pipeline.campaigns.judge import conclude
from pipeline.campaigns.turns import Turn, begin
from pipeline.running import work_until_ended
from schema.errors import SkyledgerError
from schema.settings import settings

# With a turn that was begun and has no report, whoever began it; or of a cadence, without a turn or with one whose time
# has passed. The order never changes.
DUE = """
select c.name
from registry.campaign c
join lateral (
  select v.cadence from registry.campaign_version v where v.campaign_id = c.campaign_id order by v.version desc limit 1
) v on true
left join lateral (
  select t.due_at, t.campaign_run_id from registry.campaign_run t
  where t.campaign_id = c.campaign_id order by t.turn desc limit 1
) t on true
where t.campaign_run_id is null and v.cadence is not null or t.due_at + v.cadence <= %s
   or t.campaign_run_id is not null
      and not exists (select from registry.campaign_report p where p.campaign_run_id = t.campaign_run_id)
order by 1"""


@dataclass(frozen=True)
class Done:
    """What became of a campaign that was taken up."""

    campaign: str
    turn: Turn | None  # None: nothing was due, or nothing could be planned
    state: str  # reported, going on, worked on, paused, not due, or refused
    said: str = ""  # what is in the way
    verdict: str | None = None  # of a turn that is reported

    @property
    def failed(self) -> bool:
        """Whether somebody has to look: the exit code of the verbs is 1 then."""
        return self.state == "refused" or self.verdict == "failed"


def run_turn(
    connection: Connection[Any],
    name: str,
    now: datetime,
    workers: int,
    memory_mb: int | None = None,
    *,
    only_if_due: bool = False,
) -> Done:
    """Do a turn of a campaign, or what is left of one that was begun; killed anywhere, a repeat goes on.

    Units whose workers were killed come back by themselves. What an operator paused or cancelled stays so: a turn with
    cancelled units has ended, and failed.

    Parameters
    ----------
    workers
        Local worker processes; 0 leaves the units to the workers that there are, and a later call makes the report.
    """
    turn = begin(connection, name, now, only_if_due=only_if_due)
    if turn is None:
        return Done(name, None, "not due")
    with alone(settings(), name) if workers else nullcontext(True) as mine:
        if not mine:
            return Done(name, turn, "worked on", "another process of this host is working on it: nothing to do here")
        paused, ended = connection.execute(
            "select paused, ended from public.run where run_id = %s", [turn.run_id]
        ).fetchall()[0]
        if paused and not ended:
            return Done(name, turn, "paused", f"its run is paused: `skyledger resume {turn.run}` lets it go on")
        if workers and not ended:
            work_until_ended(turn.run, workers, memory_mb=memory_mb)
    verdict = conclude(connection, turn)
    return Done(name, turn, "reported" if verdict else "going on", verdict=verdict)


def due(connection: Connection[Any], now: datetime) -> list[str]:
    """Give the campaigns of which a turn is due, or was begun and has no report."""
    return [name for (name,) in connection.execute(DUE, [now])]


def run_due(connection: Connection[Any], now: datetime, workers: int, memory_mb: int | None = None) -> Iterator[Done]:
    """Do what is due, campaign by campaign; one that cannot be done does not keep the others waiting."""
    for name in due(connection, now):
        try:
            yield run_turn(connection, name, now, workers, memory_mb, only_if_due=True)
        except (SkyledgerError, psycopg.Error, ValidationError) as error:
            yield Done(name, None, "refused", " ".join(str(error).split()))
