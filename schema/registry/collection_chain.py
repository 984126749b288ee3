"""Collection chains: ordered search paths."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, SmallInteger, Table, UniqueConstraint

from schema.base import metadata

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
    UniqueConstraint("parent", "child"),
    CheckConstraint("parent <> child", name="no_self"),
    schema="registry",
    comment="Search order of chained collections.",
)
