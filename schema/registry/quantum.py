"""Quanta: the identity of work."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, text

from schema.base import digest, identity, metadata, moment

quantum = Table(
    "quantum",
    metadata,
    identity("quantum_id", "Surrogate key."),
    digest(
        "provenance_hash",
        "SHA-256 of task, code, config, compatibility class, coordinate, salt and inputs.",
        unique=True,
    ),
    Column("task_version_id", ForeignKey("registry.task_version.task_version_id"), nullable=False, comment="Code."),
    Column("config_id", ForeignKey("registry.config.config_id"), nullable=False, comment="Configuration."),
    Column("coordinate_id", ForeignKey("registry.coordinate.coordinate_id"), nullable=False, comment="Data ID."),
    Column("salt", Integer, nullable=False, server_default=text("0"), comment="Above 0: recomputed on purpose."),
    moment("created_at", "When it was first planned."),
    schema="registry",
    comment="One task on one data ID with given inputs; known before it runs.",
)

Index("quantum_task_version_coordinate_idx", quantum.c.task_version_id, quantum.c.coordinate_id)
Index("quantum_config_idx", quantum.c.config_id)
Index("quantum_salt_idx", quantum.c.salt, postgresql_where=text("salt > 0"))
