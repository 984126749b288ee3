"""Campaign reports: how a turn compares with the one before."""

from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.dialects.postgresql import JSONB

from schema.base import metadata, moment

campaign_report = Table(
    "campaign_report",
    metadata,
    Column("campaign_run_id", ForeignKey("registry.campaign_run.campaign_run_id"), primary_key=True, comment="Turn."),
    Column(
        "previous",
        ForeignKey("registry.campaign_run.campaign_run_id"),
        comment="Turn that it was compared with; NULL for the first.",
    ),
    Column(
        "comparison",
        JSONB(none_as_null=True),
        comment="What `skyledger compare` says of the two runs; NULL where there is nothing to compare with.",
    ),
    moment("created_at", "When it was made, after the run had ended."),
    schema="registry",
    comment="One report a turn, made when its run has ended.",
)
