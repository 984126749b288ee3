"""Artifacts: the bytes of datasets, by content."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table, Text, UniqueConstraint, text

from schema.base import digest, identity, metadata, moment

artifact = Table(
    "artifact",
    metadata,
    identity("artifact_id", "Surrogate key."),
    digest("content_digest", "Logical content: datasets with equal content share the file."),
    Column("path", Text, nullable=False, comment="Path below the root of the store."),
    Column(
        "part", Text, nullable=False, server_default=text("''"), comment="HDU within the file; empty for the whole."
    ),
    digest("file_digest", "SHA-256 of the bytes of the file."),
    Column("n_bytes", BigInteger, nullable=False, comment="Size of the file [byte]."),
    Column(
        "state",
        Text,
        nullable=False,
        server_default=text("'present'"),
        comment="present, missing, corrupt, deleting or deleted.",
    ),
    moment("created_at", "When the file was put there."),
    UniqueConstraint("path", "part", "content_digest"),
    CheckConstraint("state in ('present', 'missing', 'corrupt', 'deleting', 'deleted')", name="state_known"),
    schema="registry",
    comment="Files in the store.",
)

Index("artifact_content_digest_idx", artifact.c.content_digest, postgresql_where=text("state = 'present'"))
