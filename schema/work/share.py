"""Shares: how runs share the workers."""

from sqlalchemy import Boolean, CheckConstraint, Column, Double, ForeignKey, Integer, Table, text

from schema.base import metadata

share = Table(
    "share",
    metadata,
    Column("run_id", Integer, ForeignKey("registry.run.run_id"), primary_key=True, autoincrement=False, comment="Run."),
    Column(
        "weight", Double, nullable=False, server_default=text("1"), comment="Share of the workers against other runs."
    ),
    Column(
        "paused",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="An operator holds the run: nothing of it is claimed.",
    ),
    CheckConstraint("weight between 1e-6 and 1e6", name="weight_positive"),
    schema="work",
    comment="Weighted fair share between runs (start-time fair queueing).",
)
