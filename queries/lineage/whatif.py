"""What if some datasets were bad: what it costs, and what was released with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

Rows = list[tuple[Any, ...]]
WORK = ("task", "n_quanta", "n_datasets", "cpu_h", "n_bytes", "n_made")
COLLECTIONS = ("collection", "kind", "sealed_at", "n_datasets")
METRICS = ("metric", "unit", "n_values", "specification", "n_kept", "n_broken")


@dataclass(frozen=True)
class WhatIf:
    """What hangs on some datasets; rows of the columns above."""

    work: Rows  # below the datasets, by task
    collections: Rows  # that hold them or what is below, sealed ones first
    metrics: Rows  # measured on them or on what is below, those that break a specification first

    @property
    def quanta(self) -> int:
        """Number of quanta that would run again."""
        return sum(row[1] for row in self.work)

    @property
    def made(self) -> int:
        """Number of quanta that were made so far; newer ones have taken the place of some."""
        return sum(row[5] for row in self.work)

    @property
    def datasets(self) -> int:
        """Number of datasets that would be made again."""
        return sum(row[2] for row in self.work)

    @property
    def cpu_h(self) -> float | None:
        """CPU time [h] where it is known; None when no execution of any task is known."""
        known = [row[3] for row in self.work if row[3] is not None]
        return float(sum(known)) if known or not self.work else None

    @property
    def n_bytes(self) -> int:
        """Size of the files of what would be made again [byte]."""
        return sum(row[4] for row in self.work)

    @property
    def sealed(self) -> list[str]:
        """Names of the sealed collections: what was released with them."""
        return [row[0] for row in self.collections if row[2] is not None]

    def document(self) -> dict[str, Any]:
        """Give the same as one document, for JSON."""
        parts = (("work", WORK, self.work), ("collections", COLLECTIONS, self.collections),
                 ("metrics", METRICS, self.metrics))  # fmt: skip
        total = {"quanta": self.quanta, "datasets": self.datasets, "cpu_h": self.cpu_h, "n_bytes": self.n_bytes}
        return total | {name: [dict(zip(columns, row, strict=True)) for row in rows] for name, columns, rows in parts}


def what_if(connection: Connection[Any], datasets: Sequence[int], collection: str | None = None) -> WhatIf:
    """Work out what hangs on some datasets.

    Parameters
    ----------
    collection
        Only what this collection holds now; None for everything. The collections that are touched are all given.
    """
    given = [list(datasets), collection]
    return WhatIf(
        connection.execute("select * from registry.whatif(%s::bigint[], %s)", given).fetchall(),
        connection.execute("select * from registry.touched_collections(%s::bigint[])", given[:1]).fetchall(),
        connection.execute("select * from registry.touched_metrics(%s::bigint[], %s)", given).fetchall(),
    )
