"""Saved queries: questions for datasets, as records."""

from sqlalchemy import Column, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from schema.base import digest, identity, metadata, moment

saved_query = Table(
    "saved_query",
    metadata,
    identity("saved_query_id", "Surrogate key.", big=False),
    Column("name", Text, nullable=False, comment="Name; the newest of a name is meant unless a digest is given."),
    digest("digest", "SHA-256 of the canonical JSON of `body`: another question is another version."),
    Column(
        "body",
        JSONB,
        nullable=False,
        comment="The question: where, dataset_types, collections, without, bind, at, valid_at, every.",
    ),
    Column("author", Text, nullable=False, server_default=text("session_user"), comment="Database user who saved it."),
    moment("created_at", "When it was saved."),
    UniqueConstraint("name", "digest"),
    schema="registry",
    comment="Questions for datasets that can be asked again; LDM-556 requirement 0057.",
)
