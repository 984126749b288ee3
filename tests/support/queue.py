"""Units, dependencies and workers by whole sets, for tests of the queue."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection, sql

Leases = dict[int, int]  # unit to fencing token, in the order of the claim
Edges = Sequence[tuple[int, int]]  # (needed, waiting), as places in the list of units

RECIPE = """
insert into registry.software (digest, packages, compatibility_class) values (sha256('toy'), '{}', 'toy')
on conflict do nothing;
insert into registry.config (digest, body) values (sha256('toy'), '{}') on conflict do nothing;
insert into registry.task (name) values ('toy') on conflict do nothing;
insert into registry.task_version (task_id, code_digest, git_commit, git_dirty)
select task_id, sha256('toy'), '', false from registry.task where name = 'toy' on conflict do nothing;
insert into registry.coordinate (digest) values (sha256('{}')) on conflict do nothing"""

QUANTA = """
insert into registry.quantum (provenance_hash, task_version_id, config_id, coordinate_id)
select sha256(convert_to(%s || '/' || g, 'UTF8')), v.task_version_id, c.config_id, o.coordinate_id
from generate_series(1, %s) g, registry.task_version v, registry.config c, registry.coordinate o
where v.code_digest = sha256('toy') and c.digest = sha256('toy') and o.digest = sha256('{}')
order by g returning quantum_id"""

UNITS = """
insert into work.unit (run_id, quantum_id, queue, priority, max_attempts, est_ms)
select %s, q, %s, %s, %s, %s from unnest(%s::bigint[]) q order by q returning unit_id"""

DEPENDENCIES = """
insert into work.dependency (needs, unit_id, soft)
select * from unnest(%s::bigint[], %s::bigint[], %s::boolean[])"""

# What must hold of every unit at any time between two transactions.
FAULTS = """
select u.unit_id, u.state, u.unmet, x.* from work.unit u
cross join lateral (
  select exists (select from work.ready r where r.unit_id = u.unit_id) as queued,
         (select count(*)::int from work.lease l where l.unit_id = u.unit_id) as leases
) q
cross join lateral (
  select count(*) filter (where not (
           (p.state in ('done', 'reused') or d.soft and p.state in ('dead', 'blocked')) and not m.unread)) as open,
         count(*) filter (
           where not d.soft and p.state in ('dead', 'blocked') and not (p.state = 'dead' and m.unread)) as hopeless
  from work.dependency d join work.unit p on p.unit_id = d.needs
  cross join lateral (select exists (select from work.settled s where s.unit_id = p.unit_id) as unread) m
  where d.unit_id = u.unit_id
) x
where u.unmet <> x.open or q.queued::int + q.leases <> (u.state = 'ready')::int
   or u.unmet > 0 and u.state in ('ready', 'done', 'reused')
   or u.unmet = 0 and u.state = 'waiting'
   or x.hopeless > 0 and u.state = 'waiting'
   or x.hopeless = 0 and u.state = 'blocked'
   or exists (select from work.ready r join work.share s on s.run_id = u.run_id and s.paused
              where r.unit_id = u.unit_id and r.not_before = '-infinity')
order by 1"""


def enlist(connection: Connection[Any]) -> int:
    """Give a new worker."""
    connection.execute(RECIPE)
    row = connection.execute(
        """insert into work.worker (host, pid, software_id)
           select 'here', 1, software_id from registry.software where digest = sha256('toy') returning worker_id"""
    ).fetchone()
    assert row
    return int(row[0])


def add_units(
    connection: Connection[Any],
    n: int,
    hard: Edges = (),
    soft: Edges = (),
    *,
    run: str = "toys",
    weight: float = 1.0,
    queue: int = 0,
    priority: int = 100,
    max_attempts: int = 3,
    est_ms: int = 1000,
) -> list[int]:
    """Add n units to a run, and make ready what waits for nothing, in one transaction as a planner does."""
    with connection.transaction():
        connection.execute(RECIPE)
        run_id = _run(connection, run)
        connection.execute(
            "insert into work.share (run_id, weight) values (%s, %s) on conflict do nothing", [run_id, weight]
        )
        name = f"{run}/{count(connection, 'registry.quantum')}"
        quanta = [row[0] for row in connection.execute(QUANTA, [name, n])]
        made = connection.execute(UNITS, [run_id, queue, priority, max_attempts, est_ms, quanta])
        units = [row[0] for row in made]
        edges = [(units[needs], units[waits], False) for needs, waits in hard]
        edges += [(units[needs], units[waits], True) for needs, waits in soft]
        if edges:
            connection.execute(DEPENDENCIES, [list(column) for column in zip(*edges, strict=True)])
            connection.execute(
                """update work.unit u set unmet = d.n
                   from (select unit_id, count(*)::int as n from work.dependency group by 1) d
                   where u.unit_id = d.unit_id and u.unit_id = any(%s)""",
                [units],
            )
        connection.execute("select work.make_ready(%s)", [units])
    return units


def _run(connection: Connection[Any], name: str) -> int:
    """Make a run of that name, if there is none, also in a ledger of the first revision."""
    connection.execute(
        "insert into registry.collection (name, kind, doc) values (%s, 'run', 'Toys.') on conflict do nothing", [name]
    )
    ((key,),) = connection.execute("select collection_id from registry.collection where name = %s", [name])
    connection.execute(
        """insert into registry.run (run_id, pipeline, plan_digest) values (%s, 'toys', sha256(''))
           on conflict do nothing""",
        [key],
    )
    return int(key)


def claim(connection: Connection[Any], worker: int, n: int = 50, queue: int = 0, ttl: str = "1 minute") -> Leases:
    """Claim up to n units."""
    rows = connection.execute(
        "select unit_id, token from work.claim(%s, %s::smallint, %s, %s)", [worker, queue, n, ttl]
    )
    return dict(rows.fetchall())


def settle(connection: Connection[Any], leases: Mapping[int, int], reused: bool = False) -> dict[int, int]:
    """Complete units; give their executions."""
    done: dict[int, int] = {}
    now = datetime.now(UTC)
    for token, units in by_token(leases):
        n = len(units)
        rows = connection.execute(
            "select unit_id, execution_id from work.settle_ok(%s, %b, %b, %b, %b, %b, %b, %b)",
            [token, units, [reused] * n, [now] * n, [now] * n, [0.5] * n, [64.0] * n, [""] * n],
        )
        done |= dict(rows.fetchall())
    return done


def by_token(leases: Mapping[int, int]) -> list[tuple[int, list[int]]]:
    """Give the units of each token."""
    return [(token, [unit for unit, held in leases.items() if held == token]) for token in sorted(set(leases.values()))]


def fail(connection: Connection[Any], unit: int, token: int, *, retry: bool = False) -> str:
    """End an attempt with an error; give the new state."""
    row = connection.execute(
        "select work.settle_err(%s, %s, 'Toy', 'it broke', 'here', '', now(), now(), 0.5, 64.0, %s)",
        [unit, token, retry],
    ).fetchone()
    assert row
    return str(row[0])


def run_out(connection: Connection[Any], unit: int, token: int, kind: str = "OutOfMemory") -> str:
    """End an attempt for what it took; give the new state."""
    row = connection.execute(
        "select work.settle_err(%s, %s, %s, 'it took 9 GiB', null, '', now(), now(), null, 9216, true)",
        [unit, token, kind],
    ).fetchone()
    assert row
    return str(row[0])


def give_back(connection: Connection[Any], leases: Mapping[int, int]) -> int:
    """Return units that were not begun."""
    return sum(call(connection, "give_back", *batch) for batch in by_token(leases))


def call(connection: Connection[Any], function: str, *arguments: Any) -> int:
    """Call one of the functions of the queue that give a number."""
    places = sql.SQL(", ").join([sql.Placeholder()] * len(arguments))
    row = connection.execute(
        sql.SQL("select work.{}({})").format(sql.Identifier(function), places), arguments
    ).fetchone()
    assert row
    return int(row[0])


def states(connection: Connection[Any], units: Sequence[int]) -> list[str]:
    """Give the states of units, in their order."""
    found = dict(
        connection.execute("select unit_id, state from work_unit where unit_id = any(%s)", [list(units)]).fetchall()
    )
    return [found[unit] for unit in units]


def column(connection: Connection[Any], name: str, units: Sequence[int]) -> list[Any]:
    """Give a column of units, in their order."""
    query = sql.SQL("select unit_id, {} from work.unit where unit_id = any(%s)").format(sql.Identifier(name))
    found = dict(connection.execute(query, [list(units)]).fetchall())
    return [found[unit] for unit in units]


def count(connection: Connection[Any], table: str) -> int:
    """Count the rows of a table."""
    row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(*table.split(".")))).fetchone()
    assert row
    return int(row[0])


def wake(connection: Connection[Any]) -> None:
    """Let every time to wait be over; a paused run stays where it is."""
    connection.execute(
        """update work.ready set not_before = now() - interval '1 hour' where unit_id in (
             select unit_id from work.ready where not_before > '-infinity' and not_before < 'infinity'
             for update skip locked)"""
    )
    connection.execute("select work.wake()")


def silence(connection: Connection[Any], worker: int) -> None:
    """Let a worker have been silent for an hour."""
    connection.execute("update work.worker set last_seen = now() - interval '1 hour' where worker_id = %s", [worker])


def faults(connection: Connection[Any]) -> list[tuple[Any, ...]]:
    """Give every unit whose state, count of unmet dependencies or place contradict the rest; none, if all is well."""
    return connection.execute(FAULTS).fetchall()


def drain(connection: Connection[Any], worker: int, queues: Sequence[int] = (0,)) -> list[int]:
    """Complete whatever can be claimed until nothing can; give the units in the order of their claims."""
    order: list[int] = []
    while True:
        wake(connection)
        call(connection, "resolve")
        leases = {unit: token for queue in queues for unit, token in claim(connection, worker, queue=queue).items()}
        if not leases:
            return order
        order += leases
        settle(connection, leases)


def wait_for_lock(connection: Connection[Any]) -> bool:
    """Return when another session waits for a lock of ours; pg_stat_activity would stand still in a transaction."""
    for _ in range(1000):
        row = connection.execute(
            """select pg_sleep(0.01),
               exists (select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))"""
        ).fetchone()
        if row and row[1]:
            return True
    return False
