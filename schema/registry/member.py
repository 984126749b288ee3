"""Members: which dataset is in which collection, and since when."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    text,
)

from schema.base import identity, metadata, moment

member = Table(
    "member",
    metadata,
    identity("member_id", "Surrogate key."),
    Column("collection_id", ForeignKey("registry.collection.collection_id"), nullable=False, comment="Collection."),
    Column("dataset_type_id", Integer, nullable=False, comment="Dataset type of the dataset."),
    Column("coordinate_id", BigInteger, nullable=False, comment="Coordinate of the dataset."),
    Column("dataset_id", BigInteger, nullable=False, comment="Dataset."),
    Column("how", Text, nullable=False, comment="computed, reused, tagged or ingested."),
    moment("since", "When it entered."),
    moment("until", "When it left; infinity while it is in.", default="'infinity'"),
    # The composite key keeps type and coordinate honest: they are copies for the unique index below.
    ForeignKeyConstraint(
        ["dataset_id", "dataset_type_id", "coordinate_id"],
        ["registry.dataset.dataset_id", "registry.dataset.dataset_type_id", "registry.dataset.coordinate_id"],
    ),
    CheckConstraint("how in ('computed', 'reused', 'tagged', 'ingested')", name="how_known"),
    CheckConstraint("since <= until", name="since_before_until"),
    schema="registry",
    comment="Temporal membership: what was in a collection at any time.",
)

Index(
    "member_current_key",
    member.c.collection_id,
    member.c.dataset_type_id,
    member.c.coordinate_id,
    unique=True,
    postgresql_include=["dataset_id"],
    postgresql_where=text("until = 'infinity'"),
)
# What left is rare: what was in a collection last week is found without a weight on those who fill it.
Index(
    "member_past_idx",
    member.c.collection_id,
    member.c.dataset_type_id,
    member.c.coordinate_id,
    postgresql_where=text("until < 'infinity'"),
)
Index("member_dataset_idx", member.c.dataset_id)
