"""Places: how far each run is in each line of the queue."""

from sqlalchemy import Column, Double, ForeignKey, Index, SmallInteger, Table

from schema.base import metadata

place = Table(
    "place",
    metadata,
    Column("run_id", ForeignKey("work.share.run_id"), primary_key=True, autoincrement=False, comment="Run."),
    Column(
        "queue",
        SmallInteger,
        ForeignKey("work.queue.queue"),
        primary_key=True,
        autoincrement=False,
        comment="Queue, and",
    ),
    Column("priority", SmallInteger, primary_key=True, autoincrement=False, comment="priority: a line of its own."),
    Column("vtime", Double, nullable=False, comment="Virtual time of the run's last unit made ready in that line."),
    schema="work",
    comment="Each line has a time of its own: what a run gets in one does not delay it in another.",
    postgresql_with={"fillfactor": 50},
)

Index("place_line_idx", place.c.queue, place.c.priority, place.c.vtime)
