"""Workers: processes that pull units."""

from sqlalchemy import Column, ForeignKey, Integer, SmallInteger, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from schema.base import identity, metadata, moment

worker = Table(
    "worker",
    metadata,
    identity("worker_id", "Surrogate key; never used again, so that a dead worker cannot look alive."),
    Column("host", Text, nullable=False, comment="Host name."),
    Column("pid", Integer, nullable=False, comment="Process id on that host."),
    Column("software_id", ForeignKey("registry.software.software_id"), nullable=False, comment="Environment."),
    moment("started_at", "When it began."),
    moment("last_seen", "Last heartbeat."),
    moment("stopped_at", "When it ended, as far as known.", default=None, nullable=True),
    Column(
        "queues",
        ARRAY(SmallInteger),
        nullable=False,
        server_default=text("'{0}'"),
        comment="Queues that it pulls from, in its order of preference.",
    ),
    schema="work",
    comment="One row per worker process.",
    postgresql_with={"fillfactor": 50},
)
