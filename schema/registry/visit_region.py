"""Visit regions: where visits point, as dimension records say."""

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, Table, Text
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE

from schema.base import metadata

visit_region = Table(
    "visit_region",
    metadata,
    Column("instrument", Text, primary_key=True, comment="Instrument."),
    Column("visit", BigInteger, primary_key=True, autoincrement=False, comment="Visit."),
    Column(
        "ranges", INT8MULTIRANGE, nullable=False, comment="Footprint as ranges of nested HEALPix pixels of order 29."
    ),
    ForeignKeyConstraint(["instrument", "visit"], ["registry.visit.instrument", "registry.visit.visit"]),
    schema="registry",
    comment="Footprints of visits from dimension records; those of files are in registry.region.",
)

Index("visit_region_ranges_idx", visit_region.c.ranges, postgresql_using="gist")
