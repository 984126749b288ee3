"""Whether the rows of a catalog lie on the image that it is said to be of."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
from psycopg import Connection

SAMPLES = 5  # rows of an image that are looked at

# An image without a footprint, because its frame has no WCS, says nothing against any row.
ELSEWHERE = """
select c.digest from unnest(%s::bytea[], %s::bigint[]) as x (digest, pixel)
join registry.coordinate c on c.digest = x.digest
join registry.region r on r.coordinate_id = c.coordinate_id
group by c.digest having not bool_or(r.ranges @> x.pixel)"""

Sample = tuple[bytes, int]


def samples(place: bytes, table: pa.Table) -> list[Sample]:
    """Give the HEALPix pixels of some rows of an image, spread over the sky, with the digest of its data ID."""
    rows = np.unique(np.linspace(0, max(table.num_rows - 1, 0), SAMPLES).astype(int))[: table.num_rows]
    return [(place, int(pixel)) for pixel in table["_healpix_29"].to_numpy()[rows]]


def elsewhere(connection: Connection[Any], found: Iterable[Sample]) -> set[bytes]:
    """Find the images on whose footprint none of the rows lies: a data ID, or a unit, is wrong."""
    listed = list(found)
    digests, pixels = [place for place, _ in listed], [pixel for _, pixel in listed]
    return {digest for (digest,) in connection.execute(ELSEWHERE, [digests, pixels])}
