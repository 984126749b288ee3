"""Cones: pixel ranges beside a strip of declination, at the first and the twelfth execution."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from ingest.loads.load import load
from schema.sky import cone_ranges, multirange
from schema.store import Store
from tests.bench.ledgers import Ledger, Ledgers
from tests.bench.measure import Figure, compare, interleave, seconds
from tests.bench.size import Size
from tests.bench.sources import SIDE, make_sources, register_sources, write_sources

LOADS, FIELDS = 16, 4  # so each field was observed four times
RADII = {"10 arcsec": 10 / 3600, "0.1 deg": 0.1}
EXECUTIONS = 12  # psycopg prepares after five; the server may then turn to a plan for all parameters after five more

INSIDE = """power(sin(radians(s.dec - %(dec)s) / 2), 2) + cos(radians(s.dec)) * cos(radians(%(dec)s))
  * power(sin(radians(s.ra - %(ra)s) / 2), 2) <= power(sin(radians(%(radius)s::float8) / 2), 2)"""
# `offset 0` keeps the planner from turning the ranges into a join: each is one look into the index.
RANGES = """
select s.sourceid, s.dataset_id from unnest(%(low)s::int8[], %(high)s::int8[]) as r (low, high)
cross join lateral (
  select * from catalog.source s where s._healpix_29 >= r.low and s._healpix_29 < r.high and {loads} offset 0) s
where {inside}"""
STRIP = """
select s.sourceid, s.dataset_id from catalog.source s
where s.dec between %(dec)s - %(radius)s::float8 and %(dec)s + %(radius)s::float8 and {inside}"""
LOADS_THERE = "select load_id from ingest.load where target = 'source' and footprint && %s::int8multirange"


@dataclass(frozen=True)
class Way:
    """A way to find what lies in a cone."""

    name: str
    statement: str
    plans: str = "force_custom_plan"  # what `schema.connect` sets
    prune: bool = False  # name the loads that may hold something

    def find(self, connection: Connection[Any], ra: float, dec: float, radius: float) -> set[tuple[int, int]]:
        """Give source and dataset of what lies in a cone."""
        values: dict[str, Any] = {"ra": ra, "dec": dec, "radius": radius}
        loads = "true"
        if self.statement == RANGES:
            ranges = cone_ranges(ra, dec, radius)
            values |= {"low": ranges[:, 0].tolist(), "high": ranges[:, 1].tolist()}
            # The loads stand in the text: the planner then does not even open the other partitions.
            loads = self._loads(connection, ranges) if self.prune else loads
        statement = self.statement.format(loads=loads, inside=INSIDE)
        return set(connection.execute(statement.encode(), values).fetchall())

    def _loads(self, connection: Connection[Any], ranges: NDArray[np.int64]) -> str:
        """Give the condition that names the loads whose footprint touches the ranges."""
        there = connection.execute(LOADS_THERE, [multirange(ranges)]).fetchall()
        return f"s.load_id = any('{{{','.join(str(load) for (load,) in there)}}}')"


WAYS = (
    Way("ranges, loads named", RANGES, prune=True),
    Way("ranges", RANGES),
    Way("ranges, plans left to the server", RANGES, plans="auto"),
    Way("strip of declination", STRIP),
)


def run(ledgers: Ledgers, size: Size) -> Iterator[Figure]:
    """Measure two radii on sources in sixteen partitions, four over each field."""
    with ledgers.fresh() as ledger:
        _make(ledger, size.rows)
        with ledger.connect("owner") as owner:
            _check(owner)
        for name, radius in RADII.items():
            # One seed, so that all ways look at the same places.
            measures = [partial(_measure, ledger, radius, way, size.sessions, np.random.default_rng(3)) for way in WAYS]
            found = interleave(size, measures)
            for execution in ("first", "twelfth"):
                bench = f"cones, {name}, {execution} execution"
                ours, *others = (f"{way.name}, {execution}" for way in WAYS)
                for peer in others:
                    yield compare(bench, "ms", found, ours, peer)


def _make(ledger: Ledger, rows: int) -> None:
    """Load the sources; the strip gets an index of its own."""
    with ExitStack() as stack:
        owner, worker = (stack.enter_context(ledger.connect(role)) for role in ("owner", "worker"))
        store = Store(ledger.using.store_root)
        paths = [
            write_sources(store, make_sources(rows // LOADS, seed, SIDE * (seed % FIELDS), 0.0), f"night{seed}")
            for seed in range(LOADS)
        ]
        run_id, files = register_sources(owner, paths, rows // LOADS)
        for file in files:
            load(worker, store, "source", run_id, [file], token=file.dataset_id)
        owner.execute("create index on catalog.source (dec)")
    with ledger.administer() as admin:
        admin.execute("vacuum analyze catalog.source")


def _check(owner: Connection[Any]) -> None:
    """Refuse to compare ways that find different things."""
    cone = (SIDE / 2, SIDE / 2, 1.0)
    want = WAYS[-1].find(owner, *cone)
    for way in WAYS:
        if way.find(owner, *cone) != want or not want:
            raise RuntimeError(f"{way.name} finds other sources than {WAYS[-1].name}")


def _measure(
    ledger: Ledger, radius: float, way: Way, sessions: int, random: np.random.Generator
) -> Mapping[str, float]:
    """Give the durations of the first and the twelfth execution in a new session, means of some sessions."""
    times = []
    for _ in range(sessions):
        with ledger.connect("owner") as connection:
            connection.execute(f"set plan_cache_mode = {way.plans}".encode())
            ra = random.uniform(1, FIELDS * SIDE - 1, EXECUTIONS)
            dec = random.uniform(1, SIDE - 1, EXECUTIONS)
            times.append(
                [seconds(partial(way.find, connection, *place, radius)) for place in zip(ra, dec, strict=True)]
            )
    first, *_, last = np.mean(times, axis=0).tolist()
    return {f"{way.name}, first": first, f"{way.name}, twelfth": last}
