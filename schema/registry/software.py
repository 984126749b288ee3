"""Software: the environments that executions ran in."""

from sqlalchemy import Column, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from schema.base import digest, identity, metadata, moment

software = Table(
    "software",
    metadata,
    identity("software_id", "Surrogate key.", big=False),
    digest("digest", "SHA-256 of the canonical JSON of `packages`.", unique=True),
    Column(
        "packages", JSONB, nullable=False, comment="Python, platform and the version of every installed distribution."
    ),
    Column(
        "compatibility_class",
        Text,
        nullable=False,
        comment="Environments declared bit-compatible share a class; it enters the provenance hash.",
    ),
    moment("created_at", "When the environment was first seen."),
    schema="registry",
    comment="Distinct software environments.",
)
