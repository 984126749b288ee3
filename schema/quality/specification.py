"""Specifications: what the value of a metric must be."""

from sqlalchemy import CheckConstraint, Column, Double, ForeignKey, Index, Table, Text, text

from schema.base import identity, metadata, moment

OPERATORS = ("<=", "<", ">=", ">")

specification = Table(
    "specification",
    metadata,
    identity("specification_id", "Surrogate key.", big=False),
    Column("metric_id", ForeignKey("quality.metric.metric_id"), nullable=False, comment="Metric."),
    Column("name", Text, nullable=False, comment="Name among the specifications of the metric, e.g. design."),
    Column("instrument", Text, nullable=False, server_default=text("''"), comment="Instrument; empty for all."),
    Column("band", Text, nullable=False, server_default=text("''"), comment="Band; empty for all."),
    Column("operator", Text, nullable=False, comment="How the value must stand to the threshold."),
    Column("threshold", Double, nullable=False, comment="Threshold in the metric's unit."),
    Column("description", Text, nullable=False, comment="Why it must, in one sentence."),
    moment("since", "When it came into force."),
    moment("until", "When another took its place; infinity while it is in force.", default="'infinity'"),
    CheckConstraint(f"operator in {OPERATORS}", name="operator_known"),
    CheckConstraint("threshold = threshold and abs(threshold) < 'infinity'", name="threshold_finite"),
    schema="quality",
    comment="Specifications of metrics; a change is a new row, so that an old verdict can be understood.",
)

Index(
    "specification_in_force_key",
    *(specification.c[name] for name in ("metric_id", "name", "instrument", "band")),
    unique=True,
    postgresql_where=text("until = 'infinity'"),
)
