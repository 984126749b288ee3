"""Patches: the parts of a tract that coadds are made of."""

from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE

from schema.base import metadata

patch = Table(
    "patch",
    metadata,
    Column("skymap", Text, primary_key=True, comment="Skymap."),
    Column("tract", Integer, primary_key=True, autoincrement=False, comment="Tract."),
    Column("patch", Integer, primary_key=True, autoincrement=False, comment="Number of the patch in its tract."),
    Column("cell_x", Integer, nullable=False, comment="Column of the patch in the grid of its tract."),
    Column("cell_y", Integer, nullable=False, comment="Row of the patch in the grid of its tract."),
    Column(
        "ranges", INT8MULTIRANGE, nullable=False, comment="Footprint as ranges of nested HEALPix pixels of order 29."
    ),
    ForeignKeyConstraint(["skymap", "tract"], ["registry.tract.skymap", "registry.tract.tract"]),
    schema="registry",
    comment="Patches of each tract.",
)

Index("patch_ranges_idx", patch.c.ranges, postgresql_using="gist")
