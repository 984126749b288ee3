"""Coordinates: data IDs with real, typed columns."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from schema.base import digest, identity, metadata
from schema.dimensions import DIMENSIONS

coordinate = Table(
    "coordinate",
    metadata,
    identity("coordinate_id", "Surrogate key."),
    digest("digest", "SHA-256 of the canonical JSON of the dimensions that are present.", unique=True),
    Column("instrument", Text, comment="Instrument."),
    Column("detector", SmallInteger, comment="Number of the detector."),
    Column("physical_filter", Text, comment="Filter in the camera's own words."),
    Column("band", Text, comment="Abstract band."),
    Column("day_obs", Integer, comment="Observing night, YYYYMMDD."),
    Column("exposure", BigInteger, comment="Exposure id."),
    Column("visit", BigInteger, comment="Visit id."),
    Column("skymap", Text, comment="Name of the skymap."),
    Column("tract", Integer, comment="Tract of the skymap."),
    Column("patch", Integer, comment="Patch of the tract."),
    Column("cell", Integer, comment="Cell of the patch."),
    Column("subfilter", SmallInteger, comment="Part of the band, for wavelength-dependent templates."),
    Column("healpix", BigInteger, comment="HEALPix cell as a nested unique identifier: 4 * 4^order + pixel."),
    UniqueConstraint(*DIMENSIONS, name="coordinate_dimensions_key", postgresql_nulls_not_distinct=True),
    ForeignKeyConstraint(["instrument"], ["registry.instrument.instrument"]),
    ForeignKeyConstraint(["instrument", "detector"], ["registry.detector.instrument", "registry.detector.detector"]),
    ForeignKeyConstraint(["instrument", "exposure"], ["registry.exposure.instrument", "registry.exposure.exposure"]),
    ForeignKeyConstraint(["instrument", "visit"], ["registry.visit.instrument", "registry.visit.visit"]),
    ForeignKeyConstraint(
        ["instrument", "physical_filter"],
        ["registry.physical_filter.instrument", "registry.physical_filter.physical_filter"],
    ),
    schema="registry",
    comment="One row per distinct data ID, shared by all dataset types and runs; absent dimensions are NULL.",
)

Index("coordinate_exposure_idx", coordinate.c.instrument, coordinate.c.exposure, coordinate.c.detector)
# What has no exposure is rare, and found by where it is.
Index(
    "coordinate_visit_idx",
    coordinate.c.instrument,
    coordinate.c.visit,
    coordinate.c.detector,
    postgresql_where=text("visit is not null"),
)
Index(
    "coordinate_tract_idx",
    coordinate.c.skymap,
    coordinate.c.tract,
    coordinate.c.patch,
    postgresql_where=text("tract is not null"),
)
Index("coordinate_healpix_idx", coordinate.c.healpix, postgresql_where=text("healpix is not null"))
