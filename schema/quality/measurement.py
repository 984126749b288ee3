"""Measurements: values of metrics on datasets."""

from sqlalchemy import Column, Double, ForeignKey, Index, Table

from schema.base import metadata

measurement = Table(
    "measurement",
    metadata,
    Column("metric_id", ForeignKey("quality.metric.metric_id"), primary_key=True, comment="Metric."),
    Column(
        "dataset_id", ForeignKey("registry.dataset.dataset_id"), primary_key=True, comment="Dataset that it describes."
    ),
    Column("value", Double, nullable=False, comment="Value in the metric's unit; NaN when it could not be measured."),
    schema="quality",
    comment="One value of one metric on one dataset.",
)

Index("measurement_dataset_idx", measurement.c.dataset_id, postgresql_include=["metric_id", "value"])
