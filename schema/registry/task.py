"""Tasks: the steps of pipelines, by name."""

from sqlalchemy import Column, Table, Text

from schema.base import identity, metadata

task = Table(
    "task",
    metadata,
    identity("task_id", "Surrogate key.", big=False),
    Column("name", Text, nullable=False, unique=True, comment="Name of the task."),
    schema="registry",
    comment="Tasks that have been planned or executed at least once.",
)
