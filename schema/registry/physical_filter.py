"""Physical filters: a piece of glass and the band it stands for."""

from sqlalchemy import Column, ForeignKey, Table, Text

from schema.base import metadata

physical_filter = Table(
    "physical_filter",
    metadata,
    Column("instrument", ForeignKey("registry.instrument.instrument"), primary_key=True, comment="Instrument."),
    Column("physical_filter", Text, primary_key=True, comment="Name of the filter in the camera's own words."),
    Column("band", Text, nullable=False, comment="Abstract band, e.g. g; shared by instruments."),
    schema="registry",
    comment="Filters of each instrument and their bands.",
)
