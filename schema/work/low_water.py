"""Low-water marks: where claims of a queue begin to look."""

from sqlalchemy import BigInteger, Column, Double, ForeignKey, SmallInteger, Table

from schema.base import metadata

low_water = Table(
    "low_water",
    metadata,
    Column(
        "queue",
        SmallInteger,
        ForeignKey("work.queue.queue"),
        primary_key=True,
        autoincrement=False,
        comment="Queue.",
    ),
    Column("priority", SmallInteger, nullable=False, comment="Priority, and"),
    Column("vtime", Double, nullable=False, comment="virtual time tag before which nothing can be claimed."),
    Column("fence", BigInteger, nullable=False, comment="Leases that there had been when the mark was last raised."),
    schema="work",
    comment="Claims skip what was claimed before, which a long snapshot keeps in the index.",
)
