"""Units of an imported run: they end here as they ended there, unless they ended well here."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from psycopg import Connection

from ingest.transfer.errors import BadTransfer, RunGoesOn
from ingest.transfer.folder import Row
from ingest.transfer.linked import linked

Keys = dict[str, int]  # of the run; of the last unit that was here before
ENDED = ("done", "reused", "dead", "blocked", "cancelled")  # a run that goes on is not exported
# What has no result here and has one there; and what failed there after more attempts than here.
MOVED = """
select u.unit_id, x.state, x.attempt, x.max_attempts from x join registry.quantum q using (provenance_hash)
join work.unit u on u.quantum_id = q.quantum_id and u.run_id = %(run)s
where u.unit_id <= %(last_unit)s
  and (u.state in ('dead', 'blocked', 'cancelled') and x.state in ('done', 'reused')
       or u.state in ('dead', 'blocked') and x.state = 'dead' and u.attempt < x.attempt)"""
GOES_ON = "select exists (select from work.unit where run_id = %s and state in ('waiting', 'ready'))"
ADOPT = """
update work.unit u set state = x.state, attempt = x.attempt, max_attempts = greatest(u.max_attempts, x.max_attempts)
from unnest(%s::bigint[], %s::text[], %s::int2[], %s::int2[]) x (unit_id, state, attempt, max_attempts)
where u.unit_id = x.unit_id"""
# A death that the resolver has not read yet is none any more.
READ = "delete from work.settled where unit_id = any(%s)"
# Catalogs that were loaded without what has come now are loaded again, by whoever resumes the run.
RELOAD = """
update work.unit u set state = 'cancelled'
from registry.quantum q join registry.task_version v using (task_version_id) join registry.task t using (task_id)
where q.quantum_id = u.quantum_id and t.name = 'load_catalog' and u.state in ('done', 'reused')
  and exists (select from work.dependency d where d.unit_id = u.unit_id and d.needs = any(%s))"""
# Nothing dead keeps these from running any more, and nobody ran them there.
FREE = """
with recursive fallen (unit_id) as (
  select unit_id from work.unit where run_id = %(run)s and state = 'dead'
  union
  select d.unit_id from fallen f join work.dependency d on d.needs = f.unit_id where not d.soft)
update work.unit u set state = 'cancelled'
where u.run_id = %(run)s and u.state = 'blocked' and not exists (select from fallen f where f.unit_id = u.unit_id)"""
COUNT = """
update work.unit u set unmet = x.n
from (
  select u.unit_id, count(p.unit_id) as n
  from work.unit u left join work.dependency d on d.unit_id = u.unit_id
  left join work.unit p on p.unit_id = d.needs
    and (not (p.state in ('done', 'reused') or d.soft and p.state in ('dead', 'blocked'))
         or exists (select from work.settled s where s.unit_id = p.unit_id))
  where u.run_id = %(run)s group by 1) x
where u.unit_id = x.unit_id and u.unmet <> x.n"""
UNLIKELY = """
select encode(q.provenance_hash, 'hex'), u.state,
       case when u.unmet > 0 then 'what it waited for has not ended' else 'no attempt at it ended well' end
from work.unit u join registry.quantum q using (quantum_id)
where u.run_id = %(run)s and u.state in ('done', 'reused')
  and (u.unmet > 0 or u.state = 'done' and not exists (
         select from work.execution e where e.unit_id = u.unit_id and e.outcome in ('ok', 'reused')))
order by 1 limit 1"""


def settle_units(
    connection: Connection[Any], folder: Path, run: str, keys: Keys, tables: Iterable[Sequence[Row]], new: int
) -> int:
    """Let units end as they ended there, and count anew what they wait for; the caller holds the run's lock.

    Parameters
    ----------
    tables
        Rows of the table `unit`, set by set.
    new
        How many of them were not here before.

    Returns
    -------
    How many units that were here have moved on.

    Raises
    ------
    BadTransfer
        Raised if a unit is said to have ended as it cannot have.
    RunGoesOn
        Raised if the run goes on here, and units of it come that ended there.
    """
    moved = [one for rows in tables for one in _moved(connection, folder, keys, rows)]
    if not moved and not new:
        return 0
    ((goes_on,),) = connection.execute(GOES_ON, [keys["run"]])
    if goes_on:
        raise RunGoesOn(run)
    if moved:
        # Not before: a run that has ended holds no worker up, and the queue stands still from here on.
        connection.execute("select from work.resolver for update")
        units, states, *_ = columns = [list(column) for column in zip(*moved, strict=True)]
        connection.execute(ADOPT, columns)
        connection.execute(READ, [units])
        better = [unit for unit, state in zip(units, states, strict=True) if state != "dead"]
        connection.execute(RELOAD, [better])
    connection.execute(FREE, keys)
    connection.execute(COUNT, keys)
    if unlikely := connection.execute(UNLIKELY, keys).fetchone():
        quantum, state, problem = unlikely
        raise BadTransfer(folder, f"the unit of the quantum {quantum} is said to be {state}, and {problem}")
    return len(moved)


def _moved(connection: Connection[Any], folder: Path, keys: Keys, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """Find the units that were here and ended better, or later, there: their columns for `ADOPT`."""
    for row in rows:
        if row["state"] not in ENDED:
            quantum = row["provenance_hash"].removeprefix("\\x")
            raise BadTransfer(
                folder, f"the unit of the quantum {quantum} is said to be {row['state']}, which is no end"
            )
    return connection.execute(linked("unit").source + MOVED, {"rows": json.dumps(rows), **keys}).fetchall()
