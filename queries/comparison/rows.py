"""Rows of two collections: matched, lost, gained and moved, and how fluxes changed."""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from queries.comparison.columns import positioned
from queries.comparison.loaded import chunks, held, rows
from queries.comparison.members import Pairs
from queries.comparison.tally import CatalogRows, Tally

RADIUS = 0.5  # within which two rows are the same [arcsec]


def compare_rows(connection: Connection[Any], changed: Sequence[Pairs], radius: float = RADIUS) -> list[CatalogRows]:
    """Compare the rows of changed datasets, catalog by catalog.

    Rows are set against each other within a dataset type and data ID, so memory is bounded by `loaded.CHUNK`.

    Parameters
    ----------
    radius
        Within which two rows are the same [arcsec].
    """
    where = held(connection, [dataset for some in changed for pair in some.pairs for dataset in pair])
    found = []
    for catalog, places in positioned().items():
        known = where.get(catalog, {})
        # A dataset type of the name of a catalog feeds it; so does any other of which something is loaded.
        meant = [
            pair
            for some in changed
            if some.dataset_type == catalog or any(dataset in known for pair in some.pairs for dataset in pair)
            for pair in some.pairs
        ]
        loaded = [pair for pair in meant if pair.a in known and pair.b in known]
        tally = Tally(catalog, radius, len(meant) - len(loaded))
        for chunk in chunks(loaded, known):
            of_a, of_b = zip(*chunk, strict=True)
            tally.add(chunk, rows(connection, places, of_a, known), rows(connection, places, of_b, known))
        if meant:
            found.append(tally.result())
    return found
