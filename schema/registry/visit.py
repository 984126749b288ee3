"""Visits: what one pointing of the telescope yields."""

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer, Table, Text

from schema.base import metadata

visit = Table(
    "visit",
    metadata,
    Column("instrument", Text, primary_key=True, comment="Instrument."),
    Column("visit", BigInteger, primary_key=True, autoincrement=False, comment="Visit id, unique per instrument."),
    Column("physical_filter", Text, comment="Filter in the beam; NULL where nobody knows."),
    Column("day_obs", Integer, comment="Observing night, YYYYMMDD; NULL where nobody knows."),
    ForeignKeyConstraint(
        ["instrument", "physical_filter"],
        ["registry.physical_filter.instrument", "registry.physical_filter.physical_filter"],
    ),
    schema="registry",
    comment="Identity of visits; what was observed is in catalog.visit.",
)
