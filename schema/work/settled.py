"""Settled units: what the resolver has not read yet."""

from sqlalchemy import BigInteger, Boolean, Column, Table

from schema.base import identity, metadata

settled = Table(
    "settled",
    metadata,
    identity("settle_id", "Surrogate key, in order of settling."),
    # No foreign key: functions write what they have just updated, and units are never deleted.
    Column("unit_id", BigInteger, nullable=False, comment="Unit that others wait for."),
    Column("ok", Boolean, nullable=False, comment="Whether it succeeded."),
    schema="work",
    comment="Messages to the resolver: settlers only append, one resolver reads.",
)
