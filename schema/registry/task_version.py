"""Task versions: the code of a task at a time."""

from sqlalchemy import Boolean, Column, ForeignKey, Table, Text, UniqueConstraint

from schema.base import digest, identity, metadata, moment

task_version = Table(
    "task_version",
    metadata,
    identity("task_version_id", "Surrogate key.", big=False),
    Column("task_id", ForeignKey("registry.task.task_id"), nullable=False, comment="Task."),
    digest("code_digest", "SHA-256 of the normalised syntax trees of the task's modules; comments do not count."),
    Column(
        "git_commit", Text, nullable=False, comment="Commit when this code was first seen; empty outside a checkout."
    ),
    Column("git_dirty", Boolean, nullable=False, comment="Whether the checkout had uncommitted changes then."),
    moment("created_at", "When this code was first planned."),
    UniqueConstraint("task_id", "code_digest"),
    schema="registry",
    comment="Distinct codes of each task.",
)
