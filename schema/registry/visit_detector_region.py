"""Visit detector regions: where each detector of a visit points, as dimension records say."""

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE

from schema.base import metadata

visit_detector_region = Table(
    "visit_detector_region",
    metadata,
    Column("instrument", Text, primary_key=True, comment="Instrument."),
    Column("visit", BigInteger, primary_key=True, autoincrement=False, comment="Visit."),
    Column("detector", SmallInteger, primary_key=True, autoincrement=False, comment="Detector."),
    Column(
        "ranges", INT8MULTIRANGE, nullable=False, comment="Footprint as ranges of nested HEALPix pixels of order 29."
    ),
    ForeignKeyConstraint(["instrument", "visit"], ["registry.visit.instrument", "registry.visit.visit"]),
    ForeignKeyConstraint(["instrument", "detector"], ["registry.detector.instrument", "registry.detector.detector"]),
    schema="registry",
    comment="Footprints of detectors of visits from dimension records: what is expected where no file is there yet.",
)

Index("visit_detector_region_ranges_idx", visit_detector_region.c.ranges, postgresql_using="gist")
