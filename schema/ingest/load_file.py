"""Load files: which datasets a load holds."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from schema.base import metadata

load_file = Table(
    "load_file",
    metadata,
    Column("load_id", ForeignKey("ingest.load.load_id"), primary_key=True, comment="Load."),
    Column(
        "dataset_id", ForeignKey("registry.dataset.dataset_id"), primary_key=True, comment="Dataset: one Parquet file."
    ),
    Column("target", Text, nullable=False, comment="Catalog table."),
    Column("n_rows", BigInteger, nullable=False, comment="Rows of the file."),
    Column(
        "live",
        Boolean,
        nullable=False,
        server_default=text("true"),
        comment="Whether its rows are, or will be, in the table.",
    ),
    Column("statistics", JSONB, comment="What each column holds: least and greatest value, and how many have none."),
    schema="ingest",
    comment="The manifest of a load.",
)

Index("load_file_once_key", load_file.c.target, load_file.c.dataset_id, unique=True, postgresql_where=text("live"))
