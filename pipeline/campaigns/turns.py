"""Turns: what a campaign is about to do, and its beginning in one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

from pipeline.campaigns.create import Created, created, lock_campaign
from pipeline.campaigns.errors import BadCampaign, NoTurn
from pipeline.campaigns.estimate import estimate_bytes
from pipeline.campaigns.exclusions import Start, start
from pipeline.code import code_digest
from pipeline.definition import Pipeline
from pipeline.planner.graph import Plan
from pipeline.planner.plan import plan
from pipeline.planner.submit import submit
from pipeline.running import default_inputs
from schema.faults import die_at
from schema.ledger.collections import flatten
from schema.ledger.rows import insert
from schema.ledger.software import git_state
from schema.registry.campaign_exclusion import campaign_exclusion
from schema.registry.campaign_run import campaign_run
from schema.settings import settings

TURN = """
select t.campaign_run_id, t.turn, t.run_id, n.name, t.due_at,
       exists (select from registry.campaign_report p where p.campaign_run_id = t.campaign_run_id), t.refused
from registry.campaign_run t join registry.collection n on n.collection_id = t.run_id
where t.campaign_id = %s and (%s::int is null or t.turn = %s) order by t.turn desc limit 1"""


@dataclass(frozen=True)
class Turn:
    """One turn of a campaign."""

    campaign_run_id: int
    turn: int
    run_id: int
    run: str
    due_at: datetime
    reported: bool
    refused: list[str]  # what its plan left out because it cannot be used, one sentence each


@dataclass(frozen=True)
class Intent:
    """What a turn would do."""

    pipeline: Pipeline
    planned: Plan
    start: Start
    n_bytes: int | None  # estimate of what it would write


def intend(connection: Connection[Any], known: Created) -> Intent:
    """Plan the next turn of a campaign; nothing is submitted."""
    pipeline = known.campaign.resolve()
    collections = flatten(connection, list(known.campaign.inputs) or default_inputs(connection, pipeline))
    first = start(connection, known.campaign, pipeline, collections)
    planned = plan(connection, pipeline, collections, first.chosen)
    return Intent(pipeline, planned, first, estimate_bytes(connection, planned.to_run))


def last_turn(connection: Connection[Any], campaign_id: int) -> Turn | None:
    """Give the newest turn of a campaign."""
    row = connection.execute(TURN, [campaign_id, None, None]).fetchone()
    return None if row is None else Turn(*row)


def begun_turn(connection: Connection[Any], name: str) -> Turn | None:
    """Give the turn of a campaign that was begun and has no report yet; no other is begun before it has.

    Raises
    ------
    UnknownCampaign
        Raised if there is no such campaign.
    """
    last = last_turn(connection, created(connection, name).campaign_id)
    return last if last and not last.reported else None


def find_turn(connection: Connection[Any], name: str, number: int | None) -> Turn:
    """Give a turn of a campaign by its number; the newest when none is given.

    Raises
    ------
    UnknownCampaign, NoTurn
        Raised if there is no such campaign or turn.
    """
    found = connection.execute(TURN, [created(connection, name).campaign_id, number, number]).fetchone()
    if found is None:
        raise NoTurn(name, f"has no turn {'yet' if number is None else number}")
    return Turn(*found)


def pipeline_of_turn(connection: Connection[Any], run_id: int) -> Pipeline:
    """Give the pipeline of the turn that a run is as it was, overrides included."""
    row = connection.execute("select pipeline from registry.campaign_run where run_id = %s", [run_id]).fetchone()
    assert row is not None
    return Pipeline.model_validate(row[0])


def next_due(last: datetime | None, cadence: timedelta | None, now: datetime) -> datetime | None:
    """Give the newest time up to now at which a turn is due; None where none is.

    Turns that were missed are not made up for: one turn stands for them all.
    """
    if cadence is None:
        return None
    if last is None:
        return now
    steps = (now - last) // cadence
    return last + steps * cadence if steps > 0 else None


def begin(connection: Connection[Any], name: str, now: datetime, *, only_if_due: bool = False) -> Turn | None:
    """Give the turn that is to be done: one that was begun and has no report yet, else a new one.

    Two that begin at once take turns, and the second finds what the first began. A new turn, its run and what it left
    out are there together or not at all.

    Parameters
    ----------
    only_if_due
        Begin no turn before the cadence says so; None is given then.
    """
    known = created(connection, name)
    with connection.transaction():
        lock_campaign(connection, known.campaign_id)
        known = created(connection, name)
        last = last_turn(connection, known.campaign_id)
        if last is not None and not last.reported:
            return last
        due_at = next_due(last.due_at if last else None, known.campaign.cadence, now)
        if due_at is None and only_if_due:
            return None
        _insert(connection, known, last.turn + 1 if last else 1, due_at or now)
        die_at("in_campaign_turn")
        return last_turn(connection, known.campaign_id)


def _insert(connection: Connection[Any], known: Created, turn: int, due_at: datetime) -> None:
    """Register a turn with its run."""
    run = f"campaign/{known.campaign.name}/{turn:04d}"
    if connection.execute("select from registry.collection where name = %s", [run]).fetchone():
        raise BadCampaign(known.campaign.name, f"there is a collection {run} already that no turn made")
    intent = intend(connection, known)
    planned = intent.planned
    run_id = submit(connection, planned, run)
    row = {
        "campaign_id": known.campaign_id,
        "version": known.version,
        "turn": turn,
        "run_id": run_id,
        "due_at": due_at,
        "pipeline": intent.pipeline.model_dump(mode="json"),
        "code": _code(intent.pipeline),
        "n_to_run": len(planned.to_run),
        "n_reused": len(planned.quanta) - len(planned.to_run),
        "n_excluded": len(intent.start.excluded),
        "estimated_cpu_s": planned.cpu_s,
        "estimated_bytes": intent.n_bytes,
        "refused": planned.refused,
    }
    insert(connection, campaign_run, [row])
    fresh = last_turn(connection, known.campaign_id)
    assert fresh is not None
    rows = ({"campaign_run_id": fresh.campaign_run_id, "dataset_id": one} for one in intent.start.excluded)
    insert(connection, campaign_exclusion, rows, order=["dataset_id"])


def _code(pipeline: Pipeline) -> dict[str, Any]:
    """Give the versions of the code that a turn is planned with."""
    commit, dirty = git_state()
    tasks = {task.name: code_digest(task).hex() for task in pipeline.classes()}
    return {"commit": commit, "dirty": dirty, "compatibility": settings().compatibility_class, "tasks": tasks}
