"""Batches: what is being worked on, by whom, until when."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Sequence, Table
from sqlalchemy.dialects.postgresql import ARRAY

from schema.base import metadata, moment
from schema.work.ready import HOT

fence = Sequence("fence", metadata=metadata, schema="work")

batch = Table(
    "batch",
    metadata,
    Column(
        "token",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="Fencing token of its leases: an answer with another token is refused.",
    ),
    Column("worker_id", ForeignKey("work.worker.worker_id"), nullable=False, comment="Worker."),
    Column(
        "units",
        ARRAY(BigInteger),
        nullable=False,
        comment="Units that it still holds; a unit is in one batch at most, and then not in work.ready.",
    ),
    Column("size", Integer, nullable=False, comment="Units claimed together."),
    moment("acquired_at", "When it was claimed.", default="clock_timestamp()"),
    moment("deadline", "When it lapses, unless a heartbeat renews it.", default=None),
    schema="work",
    comment="Only what is running: a row for what a worker claimed together, so that a lease costs next to nothing.",
    postgresql_with=HOT,
)

Index("batch_worker_idx", batch.c.worker_id)
