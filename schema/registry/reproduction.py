"""Reproductions: datasets made again from their record."""

from sqlalchemy import CheckConstraint, Column, Double, ForeignKey, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from schema.base import digest, identity, metadata, moment

reproduction = Table(
    "reproduction",
    metadata,
    identity("reproduction_id", "Surrogate key."),
    Column("dataset_id", ForeignKey("registry.dataset.dataset_id"), nullable=False, comment="Dataset made again."),
    Column("verdict", Text, nullable=False, comment="identical or different, by content."),
    digest("content_digest", "Logical content of what came out; the dataset has its own."),
    Column(
        "software_id", ForeignKey("registry.software.software_id"), nullable=False, comment="Environment it ran in."
    ),
    Column(
        "recorded_class",
        Text,
        nullable=False,
        comment="Compatibility class of the environment that made the dataset.",
    ),
    Column(
        "compatibility_class", Text, nullable=False, comment="Compatibility class of the environment it ran in now."
    ),
    Column(
        "difference",
        JSONB(none_as_null=True),
        comment="What differs: rows, ids, and column by column or plane by plane; NULL: nothing.",
    ),
    Column("cpu_s", Double, nullable=False, comment="CPU time of the execution [s]."),
    Column(
        "author", Text, nullable=False, server_default=text("current_user"), comment="Database user who asked for it."
    ),
    moment("created_at", "When it was done."),
    CheckConstraint("verdict in ('identical', 'different')", name="verdict_known"),
    CheckConstraint("(verdict = 'different') = (difference is not null)", name="difference_if_different"),
    schema="registry",
    comment="Re-executions from the record; nothing of them is registered but the verdict.",
)

Index("reproduction_dataset_idx", reproduction.c.dataset_id)
