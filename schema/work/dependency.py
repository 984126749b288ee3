"""Dependencies: which unit waits for which."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, text

from schema.base import metadata

dependency = Table(
    "dependency",
    metadata,
    Column("needs", ForeignKey("work.unit.unit_id"), primary_key=True, comment="Unit that must settle first."),
    Column("unit_id", ForeignKey("work.unit.unit_id"), primary_key=True, comment="Unit that waits."),
    Column(
        "soft",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Soft: any end will do (a load takes what there is). Hard: it must succeed, else this unit is blocked.",
    ),
    schema="work",
    comment="Edges between the units of one run.",
)

Index("dependency_unit_idx", dependency.c.unit_id)
