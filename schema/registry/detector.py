"""Detectors: the CCDs of an instrument."""

from sqlalchemy import Column, ForeignKey, Integer, SmallInteger, Table, Text, UniqueConstraint

from schema.base import metadata

detector = Table(
    "detector",
    metadata,
    Column("instrument", ForeignKey("registry.instrument.instrument"), primary_key=True, comment="Instrument."),
    Column("detector", SmallInteger, primary_key=True, autoincrement=False, comment="Number of the detector."),
    Column("name", Text, nullable=False, comment="Name of the detector in the camera's own words, e.g. N4."),
    Column("purpose", Text, nullable=False, comment="science, guider, focus or wavefront."),
    Column("nx", Integer, nullable=False, comment="Columns of the whole detector [pixel]."),
    Column("ny", Integer, nullable=False, comment="Rows of the whole detector [pixel]."),
    UniqueConstraint("instrument", "name"),
    schema="registry",
    comment="Detectors of each instrument.",
)
