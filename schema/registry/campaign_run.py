"""Campaign runs: the turns of a campaign."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from schema.base import identity, metadata, moment

campaign_run = Table(
    "campaign_run",
    metadata,
    identity("campaign_run_id", "Surrogate key.", big=False),
    Column("campaign_id", Integer, nullable=False, comment="Campaign."),
    Column("version", Integer, nullable=False, comment="Version of the campaign that this turn follows."),
    Column("turn", Integer, nullable=False, comment="Number of the turn, from 1."),
    Column("run_id", ForeignKey("registry.run.run_id"), nullable=False, unique=True, comment="Run that does it."),
    moment("due_at", "When it was due.", default=None),
    Column("pipeline", JSONB, nullable=False, comment="The pipeline as it was, overrides included."),
    Column("code", JSONB, nullable=False, comment="Commit, compatibility class, and code digest of each task."),
    Column("n_to_run", Integer, nullable=False, comment="Quanta that the plan had to compute."),
    Column("n_reused", Integer, nullable=False, comment="Quanta whose results were there already."),
    Column("n_excluded", Integer, nullable=False, comment="Datasets that the exclusion left out."),
    Column(
        "estimated_cpu_s", Double, comment="CPU time that the plan foresaw [s]; NULL where nothing like it has run."
    ),
    Column(
        "estimated_bytes", BigInteger, comment="Size of what it would make [byte]; NULL where nothing like it has run."
    ),
    Column("author", Text, nullable=False, server_default=text("session_user"), comment="Database user who began it."),
    moment("created_at", "When it was planned."),
    Column(
        "refused",
        JSONB,
        nullable=False,
        server_default=text("'[]'"),
        comment="What the plan left out because it cannot be used: a sentence for each reason, with the number.",
    ),
    UniqueConstraint("campaign_id", "turn"),
    ForeignKeyConstraint(
        ["campaign_id", "version"],
        ["registry.campaign_version.campaign_id", "registry.campaign_version.version"],
    ),
    CheckConstraint("turn > 0", name="turn_positive"),
    schema="registry",
    comment="Turns of campaigns: the run, what it was to do, and what that was to cost.",
)
