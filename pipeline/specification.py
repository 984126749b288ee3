"""Specifications in a pipeline's YAML: what its metrics must be."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from psycopg import Connection
from pydantic import BaseModel, ConfigDict, Field

from schema.ledger.rows import insert
from schema.quality.specification import specification

# By key, so that nobody waits in a circle; workers that insert measurements of the metrics are not kept waiting.
LOCK_METRICS = "select name, metric_id from quality.metric where name = any(%s) order by metric_id for no key update"

IN_FORCE = """
select s.specification_id, m.name, s.name, s.instrument, s.band, s.operator, s.threshold, s.description
from quality.specification s join quality.metric m using (metric_id)
where s.until = 'infinity' and m.metric_id = any(%s)"""

# Whoever waited began before the row came into force.
END = "update quality.specification set until = greatest(since, now()) where specification_id = any(%s)"


class Specification(BaseModel):
    """A limit on a metric, for one camera or band where it says so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: str = Field(pattern=r"^[a-z0-9_]+\.[A-Za-z0-9_]+$")  # task.metric
    name: str = Field(pattern="^[a-z][a-z0-9_]*$")
    instrument: str = ""
    band: str = ""
    operator: Literal["<=", "<", ">=", ">"]
    threshold: float = Field(allow_inf_nan=False)
    description: str

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What there is one specification in force of."""
        return self.metric, self.name, self.instrument, self.band


def enforce(connection: Connection[Any], wanted: Sequence[Specification]) -> None:
    """Put specifications into force; those that say the same already stay, others of the same place end.

    The metrics must be registered, and a transaction be open: of two runs at once the later one waits, and its word
    counts.
    """
    names = [one.metric for one in wanted]
    metrics = dict(connection.execute(LOCK_METRICS, [names]).fetchall())
    in_force = connection.execute(IN_FORCE, [list(metrics.values())]).fetchall()
    known = {tuple(row[1:5]): (row[0], tuple(row[5:])) for row in in_force}
    changed = [one for one in wanted if known.get(one.place, (0, ()))[1] != _said(one)]
    connection.execute(END, [[known[one.place][0] for one in changed if one.place in known]])
    insert(connection, specification, _rows(changed, metrics))


def _said(one: Specification) -> tuple[str, float, str]:
    return one.operator, one.threshold, one.description


def _rows(wanted: Iterable[Specification], metrics: dict[str, int]) -> list[dict[str, Any]]:
    """Give the rows of the table."""
    return [{**one.model_dump(exclude={"metric"}), "metric_id": metrics[one.metric]} for one in wanted]
