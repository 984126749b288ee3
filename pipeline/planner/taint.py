"""What a plan may not read: bad datasets, and what was made from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

UNTIL = "what needs it waits until it is replaced or the mark revoked"
MOST_NAMED = 3  # roots that a sentence lists


@dataclass(frozen=True)
class Taint:
    """All that is bad when a plan is made: what a mark is on, and what descends from it, in whatever collection.

    What is made from a replacement is another dataset, and is not in here.
    """

    marked: frozenset[int]
    descended: frozenset[int]

    def __contains__(self, dataset: int) -> bool:
        """Tell whether a dataset may not be used."""
        return dataset in self.marked or dataset in self.descended

    def refuse(self, connection: Connection[Any], dataset_type: str, datasets: Iterable[int]) -> dict[int, str]:
        """Say of those that are bad why they cannot be read, and what ends that; descendants share one sentence."""
        bad = {dataset for dataset in datasets if dataset in self}
        tainted = sorted(bad - self.marked)
        sentences = {one: f"{dataset_type} {one} is marked bad: {UNTIL}" for one in bad & self.marked}
        if tainted:
            roots = self._roots(connection, tainted)
            said = f"{dataset_type} was made from {roots}, marked bad: {UNTIL}"
            sentences |= dict.fromkeys(tainted, said)
        return sentences

    def _roots(self, connection: Connection[Any], tainted: list[int]) -> str:
        """Name the marked datasets that some were made from."""
        above = connection.execute("select dataset_id from registry.upstream(%s::bigint[])", [tainted])
        roots = sorted({dataset for (dataset,) in above} & self.marked)
        listed = ", ".join(map(str, roots[:MOST_NAMED]))
        more = f" and {len(roots) - MOST_NAMED} more" if len(roots) > MOST_NAMED else ""
        return f"{'dataset' if len(roots) == 1 else 'datasets'} {listed}{more}"


def read_taint(connection: Connection[Any]) -> Taint:
    """Read what is bad now, once for a plan: one walk down from all bad marks, nothing where there are none."""
    rows = connection.execute("select dataset_id, marked from public.taint where verdict = 'bad'").fetchall()
    return Taint(frozenset(key for key, on in rows if on), frozenset(key for key, on in rows if not on))
