"""Campaigns: reprocessings that are done again and again."""

from sqlalchemy import Column, Table, Text

from schema.base import identity, metadata, moment

campaign = Table(
    "campaign",
    metadata,
    identity("campaign_id", "Surrogate key.", big=False),
    Column("name", Text, nullable=False, unique=True, comment="Name, e.g. real_frames."),
    moment("created_at", "When it was first created."),
    schema="registry",
    comment="Names of campaigns; what they do is in their versions.",
)
