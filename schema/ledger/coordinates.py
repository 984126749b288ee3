"""Coordinates: data IDs to keys."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import Connection

from schema.canonical import coordinate_digest
from schema.dimensions import DIMENSIONS
from schema.ledger.rows import ensure
from schema.registry.coordinate import coordinate

DataId = Mapping[str, Any]


def register_coordinates(connection: Connection[Any], data_ids: Sequence[DataId]) -> list[int]:
    """Give the key of each data ID, registering those that are new.

    Parameters
    ----------
    data_ids
        Dimension to value; absent dimensions are left out.
    """
    digests = [coordinate_digest(data_id) for data_id in data_ids]
    rows = (
        {"digest": digest, **{name: data_id.get(name) for name in DIMENSIONS}}
        for digest, data_id in zip(digests, data_ids, strict=True)
    )
    keys = ensure(connection, coordinate, "digest", rows)
    return [keys[digest] for digest in digests]
