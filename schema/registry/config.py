"""Configurations: the parameters of a task that change its result."""

from sqlalchemy import Column, Table
from sqlalchemy.dialects.postgresql import JSONB

from schema.base import digest, identity, metadata, moment

config = Table(
    "config",
    metadata,
    identity("config_id", "Surrogate key.", big=False),
    digest("digest", "SHA-256 of the canonical JSON of `body`.", unique=True),
    Column("body", JSONB, nullable=False, comment="Every field that changes the result, with its value."),
    moment("created_at", "When the configuration was first used."),
    schema="registry",
    comment="Distinct task configurations.",
)
