"""What hangs together in a run: quanta, datasets, edges, files, members, metrics, and the account of the work.

Each table travels with names, digests and uids in the place of surrogate keys. A file `tables/NAME.sql` has a sentence
and these parts:

- `export`: SELECT of the rows that belong to the run;
- `columns`: names and types of such a row;
- `take`: INSERT that reads the rows from `x`; what is there already is kept;
- `known`, where something else could be there: SELECT of key, column, known and given of the first row that differs
  from what is there afterwards.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "tables"
# In the order in which they refer to each other.
LINKED = (
    "task_version", "quantum", "worker", "unit", "execution", "dataset", "quantum_input", "unit_input", "dependency",
    "origin", "region", "observed", "artifact", "measurement", "action", "mark", "nondeterminism", "member",
)  # fmt: skip


@dataclass(frozen=True)
class Linked:
    """A table that travels: what is read of it, and how that is taken in."""

    name: str
    export: str
    columns: str
    take: str
    known: str = ""

    @property
    def source(self) -> str:
        """Beginning of a statement that reads rows as `x`."""
        return f"with x as materialized (select * from json_to_recordset(%(rows)s) as x ({self.columns}))\n"  # noqa: S608


@cache
def linked(name: str) -> Linked:
    """Read how a table travels."""
    parts: dict[str, str] = {}
    part = ""
    for line in (FOLDER / f"{name}.sql").read_text().splitlines():
        if line in ("-- export", "-- columns", "-- take", "-- known"):
            part = line.removeprefix("-- ")
            parts[part] = ""
        elif part:
            parts[part] += line + "\n"
    return Linked(name, **parts)
