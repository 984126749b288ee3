"""Collection chains: ordered search paths."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, SmallInteger, Table, text

from schema.base import metadata, moment

collection_chain = Table(
    "collection_chain",
    metadata,
    Column("parent", ForeignKey("registry.collection.collection_id"), primary_key=True, comment="Chained collection."),
    Column(
        "position", SmallInteger, primary_key=True, autoincrement=False, comment="Place in the search order, from 0."
    ),
    Column(
        "child", ForeignKey("registry.collection.collection_id"), nullable=False, comment="Collection searched there."
    ),
    moment("since", "When it was put there.", primary_key=True),
    moment("until", "When it left that place; infinity while it is there.", default="'infinity'"),
    CheckConstraint("parent <> child", name="no_self"),
    CheckConstraint("since <= until", name="since_before_until"),
    schema="registry",
    comment="Search order of chained collections, at any time; one that would contain itself is refused.",
)

NOW = text("until = 'infinity'")
Index(
    "collection_chain_current_key", collection_chain.c.parent, collection_chain.c.position,
    unique=True, postgresql_where=NOW,
)  # fmt: skip
Index(
    "collection_chain_child_key", collection_chain.c.parent, collection_chain.c.child,
    unique=True, postgresql_where=NOW,
)  # fmt: skip
