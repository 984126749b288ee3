"""Skymaps: divisions of the sky into tracts."""

from sqlalchemy import Column, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from schema.base import digest, metadata, moment

skymap = Table(
    "skymap",
    metadata,
    Column("skymap", Text, primary_key=True, comment="Name of the skymap, e.g. hsc_rings_v1."),
    Column("definition", JSONB, nullable=False, comment="What the skymap is, in the words of whoever made it."),
    digest("digest", "SHA-256 of the canonical JSON of `definition`: the same name with another one is refused."),
    moment("created_at", "When it was registered."),
    schema="registry",
    comment="Skymaps; their tracts and patches are what coadds are made on.",
)
