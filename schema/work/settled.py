"""Settled units: what the resolver has not read yet."""

from sqlalchemy import Boolean, Column, ForeignKey, Table

from schema.base import identity, metadata

settled = Table(
    "settled",
    metadata,
    identity("settle_id", "Surrogate key, in order of settling."),
    Column("unit_id", ForeignKey("work.unit.unit_id"), nullable=False, comment="Unit."),
    Column("ok", Boolean, nullable=False, comment="Whether it succeeded."),
    schema="work",
    comment="Messages to the resolver: settlers only append, one resolver reads.",
)
