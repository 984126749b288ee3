"""Tracts: the parts of a skymap with one projection each."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE

from schema.base import metadata

tract = Table(
    "tract",
    metadata,
    Column("skymap", ForeignKey("registry.skymap.skymap"), primary_key=True, comment="Skymap."),
    Column("tract", Integer, primary_key=True, autoincrement=False, comment="Number of the tract."),
    Column(
        "ranges", INT8MULTIRANGE, nullable=False, comment="Footprint as ranges of nested HEALPix pixels of order 29."
    ),
    schema="registry",
    comment="Tracts of each skymap.",
)

Index("tract_ranges_idx", tract.c.ranges, postgresql_using="gist")
