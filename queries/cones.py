"""Which loads of a catalog a cone touches: asked first, so that other partitions are not even planned."""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection, RawCursor

from queries.named import Query

TOUCHED = """
select load_id from load where catalog = $1 and state = 'published' and footprint && $2::int8multirange order by 1"""


def with_loads(connection: Connection[Any], query: Query, values: Sequence[Any]) -> list[Any]:
    """Give the values of a query with the loads that its cone touches; those of a query without a cone as they are.

    The transaction must have locked the catalog before, be it by preparing the statement: until it ends no load can be
    replaced by another, and no row is missed or found twice.
    """
    if query.cone is None:
        return list(values)
    import numpy as np  # a quarter of a second, which questions without a cone do not need

    from schema.sky import multirange

    given = dict(zip(query.order, values, strict=True))
    ranges = multirange(np.column_stack([given["low"], given["high"]]))
    found = RawCursor(connection).execute(TOUCHED, [query.cone, ranges])
    given["loads"] = [row[0] for row in found]
    return [given[name] for name in query.order]
