"""Queues: the classes of resources that units may take."""

from sqlalchemy import CheckConstraint, Column, Integer, SmallInteger, Table, Text

from schema.base import metadata

queue = Table(
    "queue",
    metadata,
    Column("queue", SmallInteger, primary_key=True, autoincrement=False, comment="Number; workers pull from some."),
    Column("name", Text, nullable=False, unique=True, comment="Name of the class."),
    Column(
        "memory_mb",
        Integer,
        CheckConstraint("memory_mb > 0", name="memory_positive"),
        nullable=False,
        comment="What a unit of the class may take [MiB]; beyond it the unit goes to the next larger class.",
    ),
    Column("comment", Text, nullable=False, comment="What the class is for."),
    schema="work",
    comment="Classes of resources, a queue each; the owner may add and change rows.",
    info={
        "rows": """insert into work.queue (queue, name, memory_mb, comment) values
  (0, 'normal', 4096, 'What a core has on most hosts.'),
  (1, 'large', 16384, 'Many images at once.'),
  (2, 'huge', 65536, 'What needs most of a host.')"""
    },
)
