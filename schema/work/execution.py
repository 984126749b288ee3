"""Executions: every attempt at a unit."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Double, Index, SmallInteger, Table, Text, text

from schema.base import identity, metadata, moment

execution = Table(
    "execution",
    metadata,
    identity("execution_id", "Surrogate key."),
    # No foreign keys: functions take both from rows of work.unit and work.batch that they have locked, and the import
    # of a run from rows that it has written; units and workers are never deleted. The two checks were a third of what a
    # unit costs the server in the queue.
    Column("unit_id", BigInteger, nullable=False, comment="Unit."),
    Column("attempt", SmallInteger, nullable=False, comment="Number of the attempt, from 1."),
    Column("token", BigInteger, nullable=False, comment="Fencing token of its lease."),
    Column("worker_id", BigInteger, nullable=False, comment="Worker: host, process, environment."),
    moment("started_at", "When it began.", default=None),
    moment("ended_at", "When it ended; for a lost lease, when that was noticed.", default="clock_timestamp()"),
    Column("outcome", Text, nullable=False, comment="ok, reused, error or lost."),
    Column("error_class", Text, comment="Class of the error, NULL when there was none."),
    Column("error", Text, comment="The error in one sentence."),
    Column("traceback", Text, comment="Where it happened, until that is forgotten."),
    Column("log", Text, comment="What the task logged, until that is forgotten."),
    Column("cpu_s", Double, comment="CPU time [s]."),
    Column("max_rss_mb", Double, comment="Peak resident memory during the attempt [MiB]."),
    CheckConstraint("outcome in ('ok', 'reused', 'error', 'lost')", name="outcome_known"),
    schema="work",
    comment="Every attempt is kept.",
)

Index("execution_unit_idx", execution.c.unit_id, execution.c.token)
# Appended in the order of time: a thousandth of the size of a tree finds the last day.
Index("execution_ended_idx", execution.c.ended_at, postgresql_using="brin")
# What failed is rare, and asked for often: the latest first, and what became of a dead unit.
Index(
    "execution_failed_idx",
    execution.c.ended_at.desc(),
    execution.c.execution_id.desc(),
    postgresql_where=text("outcome in ('error', 'lost')"),
)
