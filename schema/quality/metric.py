"""Metrics: what is measured about datasets."""

from sqlalchemy import Column, Table, Text

from schema.base import identity, metadata

metric = Table(
    "metric",
    metadata,
    identity("metric_id", "Surrogate key.", big=False),
    Column("name", Text, nullable=False, unique=True, comment="Name: task and quantity, e.g. calibrate.seeing."),
    Column("unit", Text, nullable=False, comment="Unit, in the FITS standard's words; empty when dimensionless."),
    Column("description", Text, nullable=False, comment="What it says, in one sentence."),
    schema="quality",
    comment="Definitions of metrics; a task declares its own.",
)
