"""Roles: the names under which tasks read their inputs."""

from sqlalchemy import Column, Table, Text

from schema.base import identity, metadata

role = Table(
    "role",
    metadata,
    identity("role_id", "Surrogate key.", big=False),
    Column("name", Text, nullable=False, unique=True, comment="Name of the input in the task, e.g. image."),
    schema="registry",
    comment="Names of task inputs.",
)
