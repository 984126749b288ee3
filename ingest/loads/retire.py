"""Loads that leave their table; their Parquet files remain, and may be loaded again."""

import random
import time
from typing import Any

from psycopg import Connection, Error, errors, sql

from ingest.loads.listing import Load, WrongLoad
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


def unfinished(connection: Connection[Any]) -> list[int]:
    """Find the loads whose retirement was interrupted."""
    return [row[0] for row in connection.execute("select load_id from ingest.load where state = 'retiring' order by 1")]


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
        Raised if the load is not published.
    """
    try:
        row = owner.execute("select target, staged, state from ingest.begin_retire(%s)", [load.load_id]).fetchone()
    except Error as error:
        if error.sqlstate != UNPUBLISHED:
            raise
        raise WrongLoad(load.load_id, f"is {load.state} and not published") from error
    die_at("after_retire_begin")
    target, staged, state = row or ("", "", "")
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
