"""What a load is called, what it holds and what became of it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from schema.errors import SkyledgerError


class WrongLoad(SkyledgerError):
    """A load that something cannot be done with."""

    def __init__(self, load: int, problem: str) -> None:
        self.load, self.problem = load, problem
        super().__init__(f"load {load} {problem}: `skyledger query loads` shows the loads")


@dataclass(frozen=True)
class Load:
    """A load of a catalog."""

    load_id: int
    target: str
    state: str
    run_id: int
    merged_into: int | None
    n_rows: int | None
    n_files: int
    runs: list[str]  # that have its datasets: who loaded them, and who took them over


def listed(connection: Connection[Any], loads: Collection[int]) -> list[Load]:
    """Describe loads, in order.

    Raises
    ------
    WrongLoad
        Raised if one does not exist.
    """
    rows = connection.execute(
        """select l.load_id, l.target, l.state, l.run_id, l.merged_into, l.n_rows,
                  (select count(*) from ingest.load_file f where f.load_id = l.load_id),
                  array(select c.name from registry.collection c
                        where c.kind = 'run' and c.collection_id in (
                          select m.collection_id from ingest.load_file f join registry.member m using (dataset_id)
                          where f.load_id = l.load_id and m.until = 'infinity')
                        order by c.collection_id)
           from ingest.load l where l.load_id = any(%s) order by l.load_id""",
        [list(loads)],
    ).fetchall()
    found = [Load(*row) for row in rows]
    for unknown in sorted(set(loads) - {load.load_id for load in found}):
        raise WrongLoad(unknown, "does not exist")
    return found
