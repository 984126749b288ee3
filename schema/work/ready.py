"""Ready units: what may be claimed."""

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, SmallInteger, Table, text

from schema.base import metadata, moment

HOT = {"autovacuum_vacuum_scale_factor": 0.02, "autovacuum_vacuum_threshold": 200, "autovacuum_vacuum_cost_delay": 0}

ready = Table(
    "ready",
    metadata,
    Column("unit_id", ForeignKey("work.unit.unit_id"), primary_key=True, comment="Unit."),
    Column("queue", SmallInteger, nullable=False, comment="Queue."),
    Column("solo", Boolean, nullable=False, comment="Claimed alone."),
    Column("priority", SmallInteger, nullable=False, comment="Smaller goes first."),
    Column("vtime", Double, nullable=False, comment="Virtual time tag."),
    moment("not_before", "Earliest claim; -infinity when it may go now.", default="'-infinity'"),
    moment("since", "When it came into the queue, this time.", default="clock_timestamp()"),
    schema="work",
    comment="Only what is claimable: claims cost the same however long the history.",
    postgresql_with=HOT,
)

NOW = text("not_before = '-infinity'")
Index(
    "ready_pick_idx",
    *(ready.c[name] for name in ("queue", "solo", "priority", "vtime", "unit_id")),
    postgresql_where=NOW,
)
Index("ready_later_idx", ready.c.not_before, postgresql_where=text("not_before > '-infinity'"))
