"""Actions: the same recipe on equal content, for early cut-off."""

from sqlalchemy import Column, ForeignKey, Table

from schema.base import digest, metadata, moment

action = Table(
    "action",
    metadata,
    digest("action_key", "The provenance hash with every input replaced by its content digest.", primary_key=True),
    Column(
        "quantum_id", ForeignKey("registry.quantum.quantum_id"), nullable=False, comment="First quantum that did this."
    ),
    moment("created_at", "When it was first done."),
    schema="registry",
    comment="Finds results computed from equal content under another provenance.",
)
