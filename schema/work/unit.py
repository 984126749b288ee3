"""Work units: quanta scheduled in a run."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from schema.base import identity, metadata

STATES = ("waiting", "ready", "done", "reused", "dead", "blocked", "cancelled")

unit = Table(
    "unit",
    metadata,
    identity("unit_id", "Surrogate key."),
    Column("run_id", ForeignKey("work.share.run_id"), nullable=False, comment="Run."),
    Column("quantum_id", ForeignKey("registry.quantum.quantum_id"), nullable=False, comment="Quantum."),
    Column(
        "queue",
        SmallInteger,
        ForeignKey("work.queue.queue"),
        nullable=False,
        server_default=text("0"),
        comment="Queue: class of its resources.",
    ),
    Column("priority", SmallInteger, nullable=False, server_default=text("100"), comment="Smaller goes first."),
    Column("unmet", Integer, nullable=False, server_default=text("0"), comment="Dependencies that have not settled."),
    Column("attempt", SmallInteger, nullable=False, server_default=text("0"), comment="Attempts that have ended."),
    Column(
        "max_attempts",
        SmallInteger,
        nullable=False,
        server_default=text("3"),
        comment="Attempts after which it is dead.",
    ),
    Column("est_ms", Integer, nullable=False, server_default=text("1000"), comment="Expected duration [ms]."),
    Column("vtime", Double, comment="Virtual time tag: its place in line since it became ready."),
    Column(
        "solo",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Claimed alone, because a batch with it was lost.",
    ),
    Column(
        "state",
        Text,
        nullable=False,
        server_default=text("'waiting'"),
        comment=", ".join(STATES) + "; ready is what lies in the queue, or in a batch.",
    ),
    Column(
        "time_limit_s",
        Integer,
        CheckConstraint("time_limit_s > 0", name="time_limit_positive"),
        nullable=False,
        server_default=text("3600"),
        comment="How long an attempt may take [s].",
    ),
    UniqueConstraint("run_id", "quantum_id"),
    CheckConstraint("unmet >= 0", name="unmet_not_negative"),
    CheckConstraint(f"state in {STATES}", name="state_known"),
    schema="work",
    comment="What a worker pulls.",
    postgresql_with={"fillfactor": 85},
)

Index("unit_quantum_idx", unit.c.quantum_id)
