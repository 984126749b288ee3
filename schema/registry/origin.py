"""Origins: the files from outside that datasets were read from."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from schema.base import metadata

origin = Table(
    "origin",
    metadata,
    Column("dataset_id", ForeignKey("registry.dataset.dataset_id"), primary_key=True, comment="Dataset."),
    Column("file_name", Text, nullable=False, comment="Name of the file as it came, without folders."),
    Column("part", Text, nullable=False, comment="HDU within the file; empty when the file is one dataset."),
    Column(
        "correction",
        JSONB(none_as_null=True),
        comment="What a header correction changed: list of {keyword, header_value, value, reason}; NULL: nothing.",
    ),
    schema="registry",
    comment="Where datasets that no quantum made came from.",
)

Index("origin_file_name_idx", origin.c.file_name)
