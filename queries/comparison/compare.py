"""The comparison of two reprocessings: datasets, metrics, rows, and why they differ."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from queries.comparison.causes import Cause, causes
from queries.comparison.members import Counts, Pair, Side, members, side
from queries.comparison.metrics import Judgement, Movement, metrics
from queries.comparison.names import Named, name
from queries.comparison.rows import RADIUS, compare_rows
from queries.comparison.tally import CatalogRows
from queries.comparison.walk import walk
from schema.output import json_value

FORMAT = 1  # of the document


@dataclass(frozen=True)
class Comparison:
    """What differs between the collections a and b."""

    a: Side
    b: Side
    datasets: list[Counts]
    causes: list[Cause]
    metrics: list[Movement]
    specifications: list[Judgement]
    rows: list[CatalogRows] | None  # None: they were not asked for
    radius: float  # within which two rows are the same [arcsec]
    names: dict[int, Named]  # of every dataset that is named by its key

    @property
    def same(self) -> bool:
        """Whether both hold the same content at the same places."""
        return not any(found.changed or found.only_a or found.only_b for found in self.datasets)

    def total(self, kind: str) -> int:
        """Give the number of datasets of all types that are shared, identical, changed, only_a, only_b or unstable."""
        return sum(getattr(found, kind) for found in self.datasets)

    def document(self) -> dict[str, Any]:
        """Give all of it as JSON can hold it; what could not be measured is null."""
        found: dict[str, Any] = json_value(
            {
                "format": FORMAT,
                "a": asdict(self.a),
                "b": asdict(self.b),
                "same": self.same,
                "datasets": [asdict(counts) for counts in self.datasets],
                "causes": [asdict(cause) | {"sentence": cause.sentence} for cause in self.causes],
                "metrics": [asdict(movement) for movement in self.metrics],
                "specifications": [asdict(judgement) for judgement in self.specifications],
                "rows": None if self.rows is None else [asdict(catalog) for catalog in self.rows],
                "radius": self.radius,
                "names": {key: asdict(named) for key, named in self.names.items()},
            }
        )
        return found


def compare(
    connection: Connection[Any],
    a: str,
    b: str,
    *,
    at_a: datetime | None = None,
    at_b: datetime | None = None,
    types: Sequence[str] = (),
    metric: Sequence[str] = (),
    with_rows: bool = True,
    radius: float = RADIUS,
) -> Comparison:
    """Compare two collections of any kind; chains are searched in order, the first that has something wins.

    Only views are read, so a reader's connection will do. Shared datasets cost nothing beyond being counted.

    Parameters
    ----------
    at_a, at_b
        Moments at which the collections are meant; now by default.
    types, metric
        Dataset types and metrics that are compared; all by default.
    with_rows
        Whether rows of catalogs are matched.
    radius
        Within which two rows are the same [arcsec].

    Raises
    ------
    UnknownCollection, UnknownDatasetType, UnknownMetric
        Raised for a name that there is not.
    """
    with connection.transaction():
        sides = side(connection, a, at_a), side(connection, b, at_b)
        counts, pairs = members(connection, *sides, types)
        changed = [some for some in pairs if some.changed]
        types_of = {pair: some.dataset_type for some in changed for pair in some.pairs}
        why = causes(connection, walk(connection, types_of), types_of)
        moved, judged = metrics(connection, pairs, metric)
        found = compare_rows(connection, changed, radius) if with_rows else None
        named = name(connection, _keys(counts, why, moved, judged, found or []))
    return Comparison(*sides, counts, why, moved, judged, found, radius, named)


def _keys(
    counts: Sequence[Counts],
    why: Sequence[Cause],
    moved: Sequence[Movement],
    judged: Sequence[Judgement],
    rows: Sequence[CatalogRows],
) -> set[int]:
    """Give the keys of all datasets that are named somewhere."""
    keys = {key for found in counts for some in found.examples.values() for key in some}
    keys |= {key for cause in why for pair in cause.examples for key in pair}
    keys |= {key for movement in moved for of_a, of_b, *_ in movement.worst for key in Pair(of_a, of_b)}
    keys |= {key for judgement in judged for key in (*judgement.newly_bad, *judgement.newly_good)}
    return keys | {key for catalog in rows for of_a, of_b, *_ in catalog.worst for key in Pair(of_a, of_b)}
