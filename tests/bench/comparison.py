"""Comparison: rows of two reprocessings matched, beside SQL alone and beside astropy."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from astropy import units
from astropy.coordinates import SkyCoord
from psycopg import Connection

from ingest.loads.load import load
from queries.comparison.columns import positioned
from queries.comparison.loaded import Rows, held, rows
from queries.comparison.members import Pair, Pairs
from queries.comparison.rows import RADIUS, compare_rows
from schema.sky import healpix29
from schema.store import Store
from tests.bench.ledgers import Ledger, Ledgers
from tests.bench.measure import Figure, compare, interleave, seconds
from tests.bench.size import Size
from tests.bench.sources import make_sources, register_sources, write_sources

IMAGES = 20
LOST = 0.05  # of the sources of each image; as many are gained
SHIFT = 0.02 / 3600  # of what is found again [deg]

Way = Callable[[Connection[Any], list[Pair]], int]
# A join needs equal keys: strips of declination of one radius, cut into pieces as long. Each source of b stands in its
# own and in the eight around it; what is the nearest of both is a match. Poles and the meridian would need more.
ZONES = """
with pair as materialized (select * from unnest(%(a)s::bigint[], %(b)s::bigint[]) with ordinality as p (a, b, pair)),
a as (
  select p.pair, row_number() over () as i, s.ra, s.dec, floor(s.dec / %(h)s)::int as zone
  from pair p join source s on s.dataset_id = p.a
), b as (
  select p.pair, row_number() over () as j, s.ra, s.dec, floor(s.dec / %(h)s)::int as zone
  from pair p join source s on s.dataset_id = p.b
), near as (
  select a.i, b.j, power(sin(radians(a.dec - b.dec) / 2), 2)
    + cos(radians(a.dec)) * cos(radians(b.dec)) * power(sin(radians(a.ra - b.ra) / 2), 2) as apart
  from b cross join (values (-1), (0), (1)) as up (dz) cross join (values (-1), (0), (1)) as side (dx)
  join a on a.pair = b.pair and a.zone = b.zone + dz
    and floor(a.ra * cos(radians(a.zone * %(h)s)) / %(h)s)::int
      = floor(b.ra * cos(radians((b.zone + dz) * %(h)s)) / %(h)s)::int + dx
), ranked as (
  select row_number() over (partition by i order by apart, j) as of_a,
         row_number() over (partition by j order by apart, i) as of_b
  from near where apart <= power(sin(radians(%(h)s) / 2), 2)
)
select count(*) from ranked where of_a = 1 and of_b = 1"""


def run(ledgers: Ledgers, size: Size) -> Iterator[Figure]:
    """Measure the whole comparison of the rows of some images, residuals and lost rows included."""
    n = max(size.rows // IMAGES, 10)
    with ledgers.fresh() as ledger:
        pairs = _make(ledger, n)
        with ledger.connect("reader") as reader:
            ways: dict[str, Way] = {"compare": _ours, "SQL alone": _zones, "astropy": _astropy}
            found = {name: way(reader, pairs) for name, way in ways.items()}
            if max(found.values()) - min(found.values()) > 0.001 * n:
                raise RuntimeError(f"the ways find other matches: {found}")
            timed = [partial(_time, reader, name, way, pairs, n) for name, way in ways.items()]
            measured = interleave(size, timed)
    bench = f"comparison, {n * IMAGES} rows a side"
    for peer in ("SQL alone", "astropy"):
        yield compare(bench, "rows/s", measured, "compare", peer, 1 if peer == "SQL alone" else None)


def _make(ledger: Ledger, n: int) -> list[Pair]:
    """Load each image twice, the second time with its sources moved; give the datasets."""
    with ExitStack() as stack:
        owner, worker = (stack.enter_context(ledger.connect(role)) for role in ("owner", "worker"))
        store = Store(ledger.using.store_root)
        before = make_sources(n, 1, 10.0, 0.0)
        paths = [write_sources(store, table, name) for name, table in (("a", before), ("b", _again(before)))]
        run_id, files = register_sources(owner, [path for path in paths for _ in range(IMAGES)], n)
        for side in (files[:IMAGES], files[IMAGES:]):
            load(worker, store, "source", run_id, side, token=side[0].dataset_id)
    with ledger.administer() as admin:
        admin.execute("vacuum analyze catalog.source")
    keys = [file.dataset_id for file in files]
    return list(map(Pair, keys[:IMAGES], keys[IMAGES:]))


def _again(table: pa.Table) -> pa.Table:
    """Give what another processing finds: the same sources a little aside, and some others."""
    random = np.random.default_rng(2)
    places = {name: table[name].to_numpy() + random.normal(0, SHIFT, len(table)) for name in ("ra", "dec")}
    other = random.random(len(table)) < LOST
    places = {name: np.where(other, random.permutation(values) + 0.01, values) for name, values in places.items()}
    for name, values in {**places, "_healpix_29": healpix29(places["ra"], places["dec"])}.items():
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(at), pa.array(values))
    return table


def _time(reader: Connection[Any], name: str, way: Way, pairs: list[Pair], n: int) -> Mapping[str, float]:
    return {name: seconds(partial(way, reader, pairs)) / (n * len(pairs))}


def _ours(reader: Connection[Any], pairs: list[Pair]) -> int:
    (found,) = compare_rows(reader, [Pairs("source", tuple(pairs), changed=True)])
    return found.n_matched


def _zones(reader: Connection[Any], pairs: list[Pair]) -> int:
    values = {"a": [pair.a for pair in pairs], "b": [pair.b for pair in pairs], "h": RADIUS / 3600}
    ((found,),) = reader.execute(ZONES, values).fetchall()
    return int(found)


def _astropy(reader: Connection[Any], pairs: list[Pair]) -> int:
    """Match as one would in a notebook, image by image; several of a may share one of b."""
    known = held(reader, [dataset for pair in pairs for dataset in pair])["source"]
    places = positioned()["source"]
    found = 0
    for pair in pairs:
        a, b = (_sky(rows(reader, places, [dataset], known)) for dataset in pair)
        _, separation, _ = a.match_to_catalog_sky(b)
        found += int(np.count_nonzero(separation.arcsec <= RADIUS))
    return found


def _sky(found: Rows) -> SkyCoord:
    return SkyCoord(found.points.ra, found.points.dec, unit=units.deg)
