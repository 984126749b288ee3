"""Runs: collections that a plan or an ingest fills."""

from sqlalchemy import ARRAY, Column, ForeignKey, Integer, Table, Text, text

from schema.base import digest, metadata, moment

run = Table(
    "run",
    metadata,
    Column(
        "run_id",
        Integer,
        ForeignKey("registry.collection.collection_id"),
        primary_key=True,
        autoincrement=False,
        comment="The run's collection.",
    ),
    Column("pipeline", Text, nullable=False, comment="Name of the pipeline; `ingest` for what comes from outside."),
    digest("plan_digest", "SHA-256 of the sorted provenance hashes: the same plan is the same run."),
    Column(
        "submitted_by",
        Text,
        nullable=False,
        server_default=text("current_user"),
        comment="Database user that planned it.",
    ),
    moment("created_at", "When it was planned."),
    Column(
        "inputs",
        ARRAY(Text),
        comment="Collections that were named for the plan, in order; empty: those that the pipeline takes by default; "
        "NULL: nobody kept it.",
    ),
    Column(
        "compatibility_class",
        Text,
        nullable=False,
        server_default=text("'cpu-1'"),
        comment="Class of environments that it was planned for; workers of another one leave its units.",
    ),
    Column(
        "lineage_classes",
        ARRAY(Text),
        comment="Classes of environments that its lineage may be of, as an import said; NULL where planned here.",
    ),
    schema="registry",
    comment="Runs; a reprocessing is a new run.",
)
