"""Exposures: one opening of the shutter."""

from sqlalchemy import BigInteger, Column, Double, ForeignKeyConstraint, Index, Integer, Table, Text

from schema.base import metadata

UNKNOWN = "unknown"  # type of observation of which the header says nothing

exposure = Table(
    "exposure",
    metadata,
    Column("instrument", Text, primary_key=True, comment="Instrument."),
    Column(
        "exposure", BigInteger, primary_key=True, autoincrement=False, comment="Exposure id, unique per instrument."
    ),
    Column("visit", BigInteger, nullable=False, comment="Visit that this exposure belongs to."),
    Column("physical_filter", Text, comment="Filter in the beam; NULL where nobody knows."),
    Column("day_obs", Integer, comment="Observing night, YYYYMMDD; NULL where nobody knows."),
    Column("obs_start_mjd_tai", Double, comment="Opening of the shutter, MJD (TAI) [d]; NULL where nobody knows."),
    Column("exp_time", Double, comment="Exposure time [s]; NULL where nobody knows."),
    Column(
        "observation_type",
        Text,
        comment="What was taken: science, bias, dark, flat, or another type as the header says; unknown where it says "
        "none; NULL where nobody was asked: that counts as science.",
    ),
    ForeignKeyConstraint(["instrument", "visit"], ["registry.visit.instrument", "registry.visit.visit"]),
    ForeignKeyConstraint(
        ["instrument", "physical_filter"],
        ["registry.physical_filter.instrument", "registry.physical_filter.physical_filter"],
    ),
    schema="registry",
    comment="Exposures of each instrument.",
)

Index("exposure_visit_idx", exposure.c.instrument, exposure.c.visit)
