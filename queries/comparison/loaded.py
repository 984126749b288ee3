"""Rows of changed datasets, read from the catalogs in chunks of bounded size."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection, sql

from queries.comparison.columns import Places, positioned
from queries.comparison.matching import Points
from queries.comparison.members import Pair

CHUNK = 200_000  # rows of both sides that are held at once, unless one dataset has more
HELD = "select catalog, dataset_id, load_id, n_rows from load_file where dataset_id = any(%s)"
# The loads stand in the text: the planner then does not even open the other partitions. Each column comes as one string
# of bytes; in one scan all of them are in the same order.
ROWS = sql.SQL("""
select string_agg(int8send(dataset_id), ''), string_agg(float8send({ra}), ''), string_agg(float8send({dec}), ''),
       string_agg(float8send({flux}), '')
from {catalog} where load_id = any({loads}) and dataset_id = any({datasets})""")


@dataclass(frozen=True)
class Held:
    """Where the rows of a dataset are."""

    load_id: int
    n_rows: int


@dataclass(frozen=True)
class Rows:
    """Rows of one side in an order that only their values decide, with their flux [nJy]."""

    points: Points  # grouped by the place of their dataset among those that were asked for
    flux: NDArray[np.float64]  # NaN where there is none

    def __len__(self) -> int:
        return len(self.flux)


def held(connection: Connection[Any], datasets: Sequence[int]) -> dict[str, dict[int, Held]]:
    """Say which catalog holds the rows of which datasets, and in which load.

    The transaction locks every catalog: until it ends no load can be replaced by another.
    """
    for catalog in positioned():
        connection.execute(sql.SQL("select from {} limit 0").format(sql.Identifier(catalog)))
    found: dict[str, dict[int, Held]] = defaultdict(dict)
    for catalog, dataset, load, n_rows in connection.execute(HELD, [list(datasets)]):
        found[catalog][dataset] = Held(load, n_rows)
    return found


def chunks(pairs: Iterable[Pair], known: Mapping[int, Held]) -> Iterator[list[Pair]]:
    """Cut pairs whose rows are loaded into chunks of about so many rows."""
    chunk: list[Pair] = []
    size = 0
    for pair in pairs:
        more = known[pair.a].n_rows + known[pair.b].n_rows
        if chunk and size + more > CHUNK:
            yield chunk
            chunk, size = [], 0
        chunk.append(pair)
        size += more
    if chunk:
        yield chunk


def rows(connection: Connection[Any], places: Places, datasets: Sequence[int], known: Mapping[int, Held]) -> Rows:
    """Read the rows of some datasets, all of which are loaded."""
    statement = ROWS.format(
        ra=sql.Identifier(places.ra),
        dec=sql.Identifier(places.dec),
        flux=sql.Identifier(places.flux) if places.flux else sql.SQL("'NaN'"),
        catalog=sql.Identifier(places.catalog),
        loads=sql.Literal(sorted({known[dataset].load_id for dataset in datasets})),
        datasets=sql.Literal(list(datasets)),
    )
    (read,) = connection.cursor(binary=True).execute(statement).fetchall()
    keys = np.frombuffer(read[0] or b"", ">i8").astype(np.int64)
    ra, dec, flux = (np.frombuffer(part or b"", ">f8").astype(np.float64) for part in read[1:])
    by_key = np.argsort(datasets)
    group = by_key[np.searchsorted(np.asarray(datasets)[by_key], keys)]
    order = np.lexsort((flux, dec, ra, group))
    return Rows(Points(ra[order], dec[order], group[order]), flux[order])
