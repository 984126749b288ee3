"""Loads: sets of Parquet files that become one partition."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE

from schema.base import digest, identity, metadata, moment

load = Table(
    "load",
    metadata,
    identity("load_id", "Surrogate key; the partition key of the catalog tables."),
    Column("target", Text, nullable=False, comment="Catalog table, e.g. source."),
    Column("run_id", ForeignKey("registry.run.run_id"), nullable=False, comment="Run that loads."),
    digest("manifest_digest", "SHA-256 of the target and the sorted dataset uids."),
    digest("definition_digest", "SHA-256 of the column definitions that the rows follow."),
    Column(
        "state", Text, nullable=False, server_default=text("'open'"), comment="open, published, retiring or retired."
    ),
    Column("staged", Text, comment="Table that the last stager of this load made; named with its token."),
    Column("n_rows", BigInteger, comment="Rows, counted by verify."),
    Column(
        "footprint",
        INT8MULTIRANGE,
        comment="Where on the sky its rows lie: ranges of nested HEALPix pixels of order 29.",
    ),
    moment("opened_at", "When it was opened."),
    moment("published_at", "When its rows became visible.", default=None, nullable=True),
    Column("merged_into", ForeignKey("ingest.load.load_id"), comment="Load that takes, or took, its place."),
    moment("retired_at", "When its rows had left the table.", default=None, nullable=True),
    CheckConstraint("state in ('open', 'published', 'retiring', 'retired')", name="state_known"),
    CheckConstraint("(state = 'retired') = (retired_at is not null)", name="retired_has_a_time"),
    CheckConstraint("state <> 'published' or (staged is not null and n_rows is not null)", name="published_is_whole"),
    schema="ingest",
    comment="One load is one night or one run per table, and one partition.",
)

# What was retired may be loaded again: then it is another load.
Index(
    "load_manifest_key",
    load.c.target,
    load.c.manifest_digest,
    unique=True,
    postgresql_where=text("state <> 'retired'"),
)
Index("load_footprint_idx", load.c.footprint, postgresql_using="gist")
Index("load_merged_into_idx", load.c.merged_into)
