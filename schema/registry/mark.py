"""Marks: what people found bad, suspect or superseded."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, text

from schema.base import identity, metadata, moment

mark = Table(
    "mark",
    metadata,
    identity("mark_id", "Surrogate key."),
    Column("dataset_id", ForeignKey("registry.dataset.dataset_id"), comment="Marked dataset, or NULL."),
    Column("task_version_id", ForeignKey("registry.task_version.task_version_id"), comment="Marked code, or NULL."),
    Column("config_id", ForeignKey("registry.config.config_id"), comment="Marked configuration, or NULL."),
    Column("verdict", Text, nullable=False, comment="bad, suspect or superseded."),
    Column("reason", Text, nullable=False, comment="Why, in one sentence."),
    Column("author", Text, nullable=False, server_default=text("current_user"), comment="Database user who marked."),
    moment("created_at", "When it was marked."),
    moment("revoked_at", "When the mark was taken back; NULL while it holds.", default=None, nullable=True),
    CheckConstraint("num_nonnulls(dataset_id, task_version_id, config_id) = 1", name="one_root"),
    CheckConstraint("verdict in ('bad', 'suspect', 'superseded')", name="verdict_known"),
    schema="registry",
    comment="Root causes only; taint of what descends from them is derived.",
)

Index("mark_dataset_idx", mark.c.dataset_id, postgresql_where=text("revoked_at is null"))
