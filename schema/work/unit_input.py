"""Planned inputs: what a unit will read."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, text
from sqlalchemy.dialects.postgresql import UUID

from schema.base import metadata

unit_input = Table(
    "unit_input",
    metadata,
    Column("unit_id", ForeignKey("work.unit.unit_id"), primary_key=True, comment="Unit."),
    Column("role_id", ForeignKey("registry.role.role_id"), primary_key=True, comment="Name of the input in the task."),
    Column(
        "ordinal",
        Integer,
        primary_key=True,
        server_default=text("0"),
        autoincrement=False,
        comment="Place among inputs of that name.",
    ),
    Column("dataset_uid", UUID, nullable=False, comment="Dataset; known before it exists, because its uid is a uuid5."),
    schema="work",
    comment="Written by the planner; becomes registry.quantum_input when the unit settles.",
)

Index("unit_input_dataset_uid_idx", unit_input.c.dataset_uid)
