"""Frozen queries: collections that are the answer to a question."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text, text

from schema.base import metadata, moment

frozen_query = Table(
    "frozen_query",
    metadata,
    Column(
        "collection_id",
        Integer,
        ForeignKey("registry.collection.collection_id"),
        primary_key=True,
        autoincrement=False,
        comment="Tagged collection that holds the answer.",
    ),
    Column(
        "saved_query_id", ForeignKey("registry.saved_query.saved_query_id"), nullable=False, comment="What was asked."
    ),
    Column("n_datasets", BigInteger, nullable=False, comment="Datasets that the answer had."),
    Column("author", Text, nullable=False, server_default=text("session_user"), comment="Database user who asked."),
    moment("created_at", "When it was asked."),
    schema="registry",
    comment="Which collection is the answer to which saved query, as it was then.",
)
