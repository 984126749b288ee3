"""Loads that leave their table; their Parquet files remain, and may be loaded again."""

import random
import time
from collections.abc import Collection
from typing import Any

from psycopg import Connection, Error, errors, sql

from ingest.loads.listing import Load, WrongLoad, listed
from schema.errors import SkyledgerError
from schema.faults import die_at

PATIENCE = 60.0  # seconds
UNPUBLISHED = "P0I08"

# A table can have one partition that is half detached: when it is another one, that is finished first.
PARTS = """
select c.relname, i.inhdetachpending
from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = format('catalog.%%I', %s::text)::regclass and c.relnamespace = 'catalog_part'::regnamespace
  and (c.relname = %s or i.inhdetachpending)
order by i.inhdetachpending desc"""

# Readers hold the table, or somebody else finishes the same detach.
AGAIN = (
    errors.LockNotAvailable, errors.DeadlockDetected, errors.ObjectNotInPrerequisiteState, errors.UndefinedTable,
    errors.WrongObjectType,
)  # fmt: skip


class StillRead(SkyledgerError):
    """Sessions read on what they saw before a load was retired."""

    def __init__(self, load: int) -> None:
        self.load = load
        super().__init__(
            f"load {load} is still being read: repeat `skyledger retire {load}` when the sessions that "
            "`skyledger query snapshots` shows have ended"
        )


class SeveralRuns(SkyledgerError):
    """A load that holds rows of several runs, all of which would go."""

    def __init__(self, load: int, runs: Collection[str]) -> None:
        self.load, self.runs = load, tuple(runs)
        super().__init__(
            f"load {load} holds rows of {len(runs)} runs ({', '.join(runs)}), and to retire it takes those of all of "
            "them: repeat with --all-runs if that is meant"
        )


def unfinished(connection: Connection[Any]) -> list[int]:
    """Find the loads whose retirement was interrupted."""
    return [row[0] for row in connection.execute("select load_id from ingest.load where state = 'retiring' order by 1")]


def chosen(connection: Connection[Any], loads: Collection[int]) -> list[Load]:
    """Describe loads that are to be retired, or are already; without any, those whose retirement was interrupted.

    Raises
    ------
    WrongLoad
        Raised if one does not exist, or was merged: its rows would stay.
    """
    if not loads:
        return listed(connection, unfinished(connection))
    found = listed(connection, loads)
    for load in found:
        if load.state != "published" and load.merged_into is not None:
            raise _merged(load.load_id, load.merged_into)
    return found


def refuse_several_runs(loads: Collection[Load]) -> None:
    """Refuse loads whose rows belong to several runs, because of a merge or because a run took datasets over.

    Raises
    ------
    SeveralRuns
        Raised for the first of them; one that has begun to leave its table goes on.
    """
    for load in loads:
        if load.state == "published" and len(load.runs) > 1:
            raise SeveralRuns(load.load_id, load.runs)


def _merged(load_id: int, into: int) -> WrongLoad:
    return WrongLoad(load_id, f"was merged into {into}, which has its rows")


def retire(owner: Connection[Any], load: Load, patience: float = PATIENCE) -> None:
    """Take a load out of its table; killed anywhere, a repeat ends the same.

    Parameters
    ----------
    owner
        Connection of the owner in autocommit: what detaches without making readers wait commits by itself.
    patience
        Seconds to wait for readers.

    Raises
    ------
    StillRead
        Raised if they take longer.
    WrongLoad
        Raised if the load is not published, or was merged since it was described.
    """
    try:
        row = owner.execute("select target, staged, state from ingest.begin_retire(%s)", [load.load_id]).fetchone()
    except Error as error:
        if error.sqlstate != UNPUBLISHED:
            raise
        raise WrongLoad(load.load_id, f"is {load.state} and not published") from error
    die_at("after_retire_begin")
    target, staged, state = row or ("", "", "")
    # By itself, because what was there before `begin_retire` had waited for a merge is not what is there now.
    into = owner.execute("select merged_into from ingest.load where load_id = %s", [load.load_id]).fetchall()[0][0]
    if load.state == "published" and into is not None:
        raise _merged(load.load_id, into)
    if state == "retired":
        return
    owner.execute("set lock_timeout = '2s'")
    try:
        _detach(owner, load.load_id, target, staged, time.monotonic() + patience)
        die_at("after_detach")
        owner.execute("select ingest.end_retire(%s)", [load.load_id])
    finally:
        if not owner.closed:
            owner.execute("reset lock_timeout")
    die_at("after_retire")


def _detach(owner: Connection[Any], load_id: int, target: str, staged: str, deadline: float) -> None:
    """Detach a partition, step by step, until it is no partition any more."""
    while parts := owner.execute(PARTS, [target, staged]).fetchall():
        name, pending = parts[0]
        if staged not in [part for part, _ in parts]:
            return
        how = sql.SQL("finalize" if pending else "concurrently")
        try:
            owner.execute(
                sql.SQL("alter table catalog.{} detach partition catalog_part.{} {}").format(
                    sql.Identifier(target), sql.Identifier(name), how
                )
            )
        except AGAIN as error:
            if time.monotonic() > deadline:
                raise StillRead(load_id) from error
            time.sleep(random.uniform(0.1, 0.5))
