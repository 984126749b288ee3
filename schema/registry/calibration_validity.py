"""Calibration validity: which calibration holds when."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import INT8RANGE, ExcludeConstraint

from schema.base import identity, metadata, moment

calibration_validity = Table(
    "calibration_validity",
    metadata,
    identity("calibration_validity_id", "Surrogate key."),
    Column(
        "collection_id",
        ForeignKey("registry.collection.collection_id"),
        nullable=False,
        comment="Calibration collection.",
    ),
    Column("dataset_type_id", Integer, nullable=False, comment="Dataset type of the calibration."),
    Column("coordinate_id", BigInteger, nullable=False, comment="Coordinate of the calibration."),
    Column("dataset_id", BigInteger, nullable=False, comment="Calibration."),
    Column("valid", INT8RANGE, nullable=False, comment="Validity, TAI nanoseconds since 1970-01-01."),
    moment("since", "When it was certified."),
    moment("until", "When this range was taken back or replaced; infinity while it counts.", default="'infinity'"),
    ForeignKeyConstraint(
        ["dataset_id", "dataset_type_id", "coordinate_id"],
        ["registry.dataset.dataset_id", "registry.dataset.dataset_type_id", "registry.dataset.coordinate_id"],
    ),
    CheckConstraint("not isempty(valid)", name="valid_not_empty"),
    CheckConstraint("since <= until", name="since_before_until"),
    schema="registry",
    comment="Validity ranges, now and as they once were; two calibrations of a kind can never hold at once.",
)


def _point(name: str) -> Any:
    """Give a column as a one-element range: GiST knows `=` on ranges without any extension."""
    column = calibration_validity.c[name]
    return func.int8range(column, column, "[]")


calibration_validity.append_constraint(
    ExcludeConstraint(
        (_point("collection_id"), "="),
        (_point("dataset_type_id"), "="),
        (_point("coordinate_id"), "="),
        (calibration_validity.c.valid, "&&"),
        name="calibration_validity_no_overlap",
        using="gist",
        where=text("until = 'infinity'"),
    )
)
Index("calibration_validity_dataset_idx", calibration_validity.c.dataset_id)
