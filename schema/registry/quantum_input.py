"""Quantum inputs: the edges of the lineage graph."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, text

from schema.base import metadata

quantum_input = Table(
    "quantum_input",
    metadata,
    Column("quantum_id", ForeignKey("registry.quantum.quantum_id"), primary_key=True, comment="Quantum that read."),
    Column("role_id", ForeignKey("registry.role.role_id"), primary_key=True, comment="Name of the input in the task."),
    Column(
        "ordinal",
        Integer,
        primary_key=True,
        server_default=text("0"),
        autoincrement=False,
        comment="Place among inputs of that name.",
    ),
    Column("dataset_id", ForeignKey("registry.dataset.dataset_id"), nullable=False, comment="Dataset that was read."),
    schema="registry",
    comment="Which quantum read which dataset.",
)

Index("quantum_input_dataset_idx", quantum_input.c.dataset_id, postgresql_include=["quantum_id"])
