"""Dataset types: what kinds of product there are."""

from sqlalchemy import CheckConstraint, Column, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from schema.base import identity, metadata

dataset_type = Table(
    "dataset_type",
    metadata,
    identity("dataset_type_id", "Surrogate key.", big=False),
    Column("name", Text, nullable=False, unique=True, comment="Name, e.g. visit_image."),
    Column("dimensions", ARRAY(Text), nullable=False, comment="Dimensions of its coordinates, sorted."),
    Column("storage_class", Text, nullable=False, comment="How bytes become an object: file, image, table or json."),
    CheckConstraint("storage_class in ('file', 'image', 'table', 'json')", name="storage_class_known"),
    schema="registry",
    comment="Dataset types; name, dimensions and storage class never change.",
)
