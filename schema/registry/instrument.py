"""Instruments: a camera on a telescope."""

from sqlalchemy import Column, Table, Text

from schema.base import metadata, moment

instrument = Table(
    "instrument",
    metadata,
    Column("instrument", Text, primary_key=True, comment="Name of the instrument, e.g. DECam."),
    Column("description", Text, nullable=False, comment="Camera, telescope and site in one sentence."),
    moment("created_at", "When the instrument was registered."),
    schema="registry",
    comment="Instruments that have sent at least one file.",
)
