"""Source catalogs of made-up stars, as Parquet files that a ledger can load."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from uuid import uuid5

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from psycopg import Connection

from ingest.loads.files import ParquetFile
from schema.canonical import NAMESPACE
from schema.catalog.definition import arrow_schema, definition
from schema.ledger.collections import make_run
from schema.ledger.coordinates import register_coordinates
from schema.ledger.external import register_dataset_types
from schema.ledger.rows import insert
from schema.registry.dataset import dataset
from schema.sky import healpix29
from schema.store import Store

SIDE = 10.0  # of a field [deg]


def make_sources(n: int, seed: int, ra: float, dec: float) -> pa.Table:
    """Give n sources in a square field that begins at a position [deg], sorted by pixel."""
    random = np.random.default_rng(seed)
    places = {"ra": ra + SIDE * random.random(n), "dec": dec + SIDE * random.random(n)}
    pixels = healpix29(places["ra"], places["dec"])
    order = np.argsort(pixels)
    known: dict[str, NDArray[Any]] = {
        "sourceId": np.arange(n, dtype=np.int64),
        "ra": places["ra"][order],
        "dec": places["dec"][order],
        "_healpix_29": pixels[order],
    }
    schema = arrow_schema(definition("source"))
    arrays = [known[name] if name in known else _column(schema.field(name).type, n, random) for name in schema.names]
    return pa.Table.from_arrays([pa.array(array) for array in arrays], schema=schema)


def _column(kind: pa.DataType, n: int, random: np.random.Generator) -> NDArray[Any]:
    """Give values that look like measurements: digits that do not compress, flags that are rare."""
    if pa.types.is_floating(kind):
        return random.lognormal(size=n).astype(kind.to_pandas_dtype())
    if pa.types.is_boolean(kind):
        return random.random(n) < 0.05
    if pa.types.is_integer(kind):
        return random.integers(0, 100, n).astype(kind.to_pandas_dtype())
    return np.array(["Toy", "g", "r", "i"])[random.integers(0, 4, n)]


def write_sources(store: Store, table: pa.Table, name: str) -> str:
    """Write a catalog into a store; give its path there."""
    path = store.root / "files" / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd")
    return f"files/{path.name}"


def register_sources(owner: Connection[Any], paths: Sequence[str], n_rows: int) -> tuple[int, list[ParquetFile]]:
    """Register a dataset for each path, which may be the same, in a new run; give the run and what to load."""
    types = register_dataset_types(owner, {"source": (["instrument", "visit", "detector"], "table")})
    (nowhere,) = register_coordinates(owner, [{}])
    uids = [uuid5(NAMESPACE, f"bench/{number}") for number in range(len(paths))]
    rows = (
        {
            "uid": uid,
            "dataset_type_id": types["source"],
            "coordinate_id": nowhere,
            "content_digest": sha256(uid.bytes).digest(),
            "n_rows": n_rows,
        }
        for uid in uids
    )
    insert(owner, dataset, rows)
    keys = dict(owner.execute("select uid, dataset_id from registry.dataset").fetchall())
    run = make_run(owner, "bench", "bench", bytes(32), "Made-up sources.")
    return run, [ParquetFile(keys[uid], path) for uid, path in zip(uids, paths, strict=True)]
