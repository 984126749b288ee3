"""The resolver's lock: a row, so that no reader can take it."""

from sqlalchemy import Boolean, CheckConstraint, Column, Table, text

from schema.base import metadata

resolver = Table(
    "resolver",
    metadata,
    Column(
        "one",
        Boolean,
        CheckConstraint("one", name="one_row"),
        primary_key=True,
        server_default=text("true"),
        comment="Always true.",
    ),
    schema="work",
    comment="One row; who locks it may change `unmet` and virtual times.",
    info={"rows": "insert into work.resolver default values"},
)
