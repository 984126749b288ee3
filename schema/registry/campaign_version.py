"""Campaign versions: what a campaign does, and since when."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, Interval, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from schema.base import digest, metadata, moment

campaign_version = Table(
    "campaign_version",
    metadata,
    Column("campaign_id", ForeignKey("registry.campaign.campaign_id"), primary_key=True, comment="Campaign."),
    Column("version", Integer, primary_key=True, autoincrement=False, comment="Number of the version, from 1."),
    digest("digest", "SHA-256 of the canonical JSON of `definition`."),
    Column(
        "definition",
        JSONB,
        nullable=False,
        comment="What it does: pipeline, overrides, inputs, where, exclude, every; see docs/campaigns.md.",
    ),
    Column("cadence", Interval, comment="Time from one turn to the next; NULL where turns are made by hand only."),
    Column("author", Text, nullable=False, server_default=text("session_user"), comment="Database user who made it."),
    moment("created_at", "When it came into force."),
    CheckConstraint("version > 0", name="version_positive"),
    CheckConstraint("cadence > interval '0'", name="cadence_positive"),
    schema="registry",
    comment="Versions of campaigns; the latest is in force.",
)
