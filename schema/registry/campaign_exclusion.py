"""Campaign exclusions: what each turn left out."""

from sqlalchemy import Column, ForeignKey, Index, Table

from schema.base import metadata

campaign_exclusion = Table(
    "campaign_exclusion",
    metadata,
    Column("campaign_run_id", ForeignKey("registry.campaign_run.campaign_run_id"), primary_key=True, comment="Turn."),
    Column("dataset_id", ForeignKey("registry.dataset.dataset_id"), primary_key=True, comment="Dataset left out."),
    schema="registry",
    comment="Datasets that turns of campaigns left out of what they started from.",
)

Index("campaign_exclusion_dataset_idx", campaign_exclusion.c.dataset_id)
