"""Collections: named sets of datasets."""

from sqlalchemy import CheckConstraint, Column, Table, Text

from schema.base import identity, metadata, moment

collection = Table(
    "collection",
    metadata,
    identity("collection_id", "Surrogate key.", big=False),
    Column("name", Text, nullable=False, unique=True, comment="Name, e.g. DECam/raw."),
    Column("kind", Text, nullable=False, comment="run, tagged, chained or calibration."),
    Column("doc", Text, nullable=False, comment="What it is for, in one sentence."),
    moment("created_at", "When it was made."),
    moment("sealed_at", "When its membership was frozen; NULL while open.", default=None, nullable=True),
    CheckConstraint("kind in ('run', 'tagged', 'chained', 'calibration')", name="kind_known"),
    schema="registry",
    comment="Named sets of datasets.",
)
