"""Leases: what is being worked on, by whom, until when."""

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, Sequence, Table

from schema.base import metadata, moment
from schema.work.ready import HOT

fence = Sequence("fence", metadata=metadata, schema="work")

lease = Table(
    "lease",
    metadata,
    Column("unit_id", ForeignKey("work.unit.unit_id"), primary_key=True, comment="Unit."),
    Column("token", BigInteger, nullable=False, comment="Fencing token: an answer with another token is refused."),
    Column("worker_id", ForeignKey("work.worker.worker_id"), nullable=False, comment="Worker."),
    Column("batch", Integer, nullable=False, comment="Units claimed together."),
    Column("vtime", Double, nullable=False, comment="Virtual time tag of the batch."),
    moment("acquired_at", "When it was claimed.", default="clock_timestamp()"),
    moment("deadline", "When it lapses, unless a heartbeat renews it.", default=None),
    schema="work",
    comment="Only what is running.",
    postgresql_with=HOT,
)

Index("lease_worker_idx", lease.c.worker_id)
