"""Datasets: immutable products."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import UUID

from schema.base import digest, identity, metadata, moment

dataset = Table(
    "dataset",
    metadata,
    identity("dataset_id", "Surrogate key."),
    Column(
        "uid",
        UUID,
        nullable=False,
        unique=True,
        comment="uuid5 of provenance hash and output name: the same at every site.",
    ),
    Column(
        "dataset_type_id", ForeignKey("registry.dataset_type.dataset_type_id"), nullable=False, comment="Dataset type."
    ),
    Column("coordinate_id", ForeignKey("registry.coordinate.coordinate_id"), nullable=False, comment="Data ID."),
    Column(
        "quantum_id",
        ForeignKey("registry.quantum.quantum_id"),
        comment="Quantum that made it; NULL for files from outside.",
    ),
    Column(
        "output_name", Text, nullable=False, server_default=text("'out'"), comment="Name of the output in the task."
    ),
    Column("execution_id", BigInteger, comment="Execution that made it; NULL for files from outside."),
    digest("content_digest", "SHA-256 of the logical content, not of the bytes of the file."),
    Column("n_rows", BigInteger, comment="Rows, where the dataset is a table."),
    moment("created_at", "When it was registered."),
    UniqueConstraint("quantum_id", "output_name"),
    UniqueConstraint("dataset_id", "dataset_type_id", "coordinate_id"),
    CheckConstraint("quantum_id is not null or execution_id is null", name="executed_means_planned"),
    schema="registry",
    comment="Datasets: identity and content digest; the bytes are artifacts.",
)

Index("dataset_type_coordinate_idx", dataset.c.dataset_type_id, dataset.c.coordinate_id)
Index("dataset_content_digest_idx", dataset.c.content_digest)
