"""A reader in a process of its own that asks the same all the time, until a file says that it is enough."""

import json
from pathlib import Path

from queries.client import connect as client
from schema.connect import connect

COUNT = "select count(*), count(distinct (dataset_id, sourceid)) from source"
CONE = {"ra": 5, "dec": 5, "radius": "20d"}


def ask_until(stop: Path, answers: Path) -> None:
    """Count the sources, in the table, by a cone and with an old snapshot; write every answer that came."""
    found: dict[str, set[str]] = {"table": set(), "cone": set(), "old snapshot": set()}
    asked = 0
    with connect("reader") as reader, connect("reader") as old:
        while asked == 0 or not stop.exists():
            with old.transaction():
                old.execute("set transaction isolation level repeatable read")
                old.execute("select from instrument")  # the snapshot is of now, the sources are looked at later
                found["table"].add(str(reader.execute(COUNT).fetchone()))
                found["cone"].add(str(len(list(client().query("cone_search", **CONE)))))
                found["old snapshot"].add(str(old.execute(COUNT).fetchone()))
            asked += 1
            whole = {"asked": asked, **{name: sorted(seen) for name, seen in found.items()}}
            answers.with_suffix(".new").write_text(json.dumps(whole))
            answers.with_suffix(".new").rename(answers)
