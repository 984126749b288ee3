"""Regions: where on the sky a coordinate lies, as some dataset says."""

from sqlalchemy import Column, ForeignKey, Index, Table
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE

from schema.base import metadata

region = Table(
    "region",
    metadata,
    Column(
        "dataset_id",
        ForeignKey("registry.dataset.dataset_id"),
        primary_key=True,
        comment="Dataset whose WCS or rows say so.",
    ),
    Column(
        "coordinate_id",
        ForeignKey("registry.coordinate.coordinate_id"),
        nullable=False,
        comment="Coordinate of that dataset.",
    ),
    Column(
        "ranges", INT8MULTIRANGE, nullable=False, comment="Footprint as ranges of nested HEALPix pixels of order 29."
    ),
    schema="registry",
    comment="Footprints; not part of the immutable coordinate, because a better WCS moves them.",
)

Index("region_ranges_idx", region.c.ranges, postgresql_using="gist")
Index("region_coordinate_idx", region.c.coordinate_id)
