"""Nondeterminism: the same quantum with other content."""

from sqlalchemy import BigInteger, Column, ForeignKey, Table, Text

from schema.base import digest, identity, metadata, moment

nondeterminism = Table(
    "nondeterminism",
    metadata,
    identity("nondeterminism_id", "Surrogate key."),
    Column("quantum_id", ForeignKey("registry.quantum.quantum_id"), nullable=False, comment="Quantum."),
    Column("output_name", Text, nullable=False, comment="Output that differed."),
    Column("execution_id", BigInteger, nullable=False, comment="Execution that differed from the first."),
    digest("expected", "Content digest that is registered, for this quantum or for the same recipe without salt."),
    digest("got", "Content digest of this execution."),
    moment("created_at", "When it was seen."),
    schema="registry",
    comment="Executions whose output differs from the registered one; the first stays.",
)
