"""Cones: pixel ranges beside a strip of declination and q3c, at the first and the twelfth execution."""

from collections.abc import Iterator, Mapping, Sequence
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
from tests.bench.elsewhere import has_q3c, other_server
from tests.bench.ledgers import Ledger, Ledgers
from tests.bench.measure import Figure, compare, interleave, seconds
from tests.bench.size import Size
from tests.bench.sources import SIDE, make_sources, register_sources, write_sources

NIGHTS = 4  # that each field was observed in
RADII = {"10 arcsec": 10 / 3600, "0.1 deg": 0.1}
EXECUTIONS = 12  # psycopg prepares after five; the server may then turn to a plan for all parameters after five more

INSIDE = """power(sin(radians(s.dec - %(dec)s) / 2), 2) + cos(radians(s.dec)) * cos(radians(%(dec)s))
  * power(sin(radians(s.ra - %(ra)s) / 2), 2) <= power(sin(radians(%(radius)s::float8) / 2), 2)"""
# `offset 0` keeps the planner from turning the ranges into a join: each is one look into the index.
RANGES = """
select s.sourceid, s.dataset_id from unnest(%(low)s::int8[], %(high)s::int8[]) as r (low, high)
cross join lateral (
  select s.sourceid, s.dataset_id, s.ra, s.dec from catalog.source s
  where s._healpix_29 >= r.low and s._healpix_29 < r.high and {loads} offset 0) s
where {inside}"""
STRIP = """
select s.sourceid, s.dataset_id from catalog.source s
where s.dec between %(dec)s - %(radius)s::float8 and %(dec)s + %(radius)s::float8 and {inside}"""
Q3C = """
select s.sourceid, s.dataset_id from {table} s
where q3c_radial_query(s.ra, s.dec, %(ra)s::float8, %(dec)s::float8, %(radius)s::float8) and {{loads}}"""
# On its own ground: one table without partitions, in the order of its index.
ONE_TABLE = """
create extension q3c;
create index on catalog.source (q3c_ang2ipix(ra, dec));
create table public.one_table as select * from catalog.source order by q3c_ang2ipix(ra, dec);
create index on public.one_table (q3c_ang2ipix(ra, dec));
grant select on public.one_table to public;
vacuum analyze public.one_table"""
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
        if self.prune or self.statement == RANGES:
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


OURS = Way("ranges, loads named", RANGES, prune=True)
WAYS = (
    OURS,
    Way("ranges", RANGES),
    Way("ranges, plans left to the server", RANGES, plans="auto"),
    Way("strip of declination", STRIP),
)
BESIDE_Q3C = (
    OURS,
    Way("q3c, loads named", Q3C.format(table="catalog.source"), prune=True),
    Way("q3c, one table", Q3C.format(table="public.one_table")),
    Way("q3c, one table, plans left to the server", Q3C.format(table="public.one_table"), plans="auto"),
)


def run(ledgers: Ledgers, size: Size) -> Iterator[Figure]:
    """Measure two radii on sources in many partitions, four over each field."""
    yield from _compare(ledgers, size, "cones", WAYS, "create index on catalog.source (dec)", None)
    if has_q3c():
        with other_server(ledgers.folder) as elsewhere:
            yield from _compare(elsewhere, size, "cones on PostgreSQL 15", BESIDE_Q3C, ONE_TABLE, 1)


def _compare(
    ledgers: Ledgers, size: Size, bench: str, ways: Sequence[Way], made: str, goal: float | None
) -> Iterator[Figure]:
    """Set the first of some ways against the others."""
    fields = size.partitions // NIGHTS
    with ledgers.fresh() as ledger:
        _make(ledger, size, made)
        with ledger.connect("owner") as owner:
            _check(owner, ways)
        for name, radius in RADII.items():
            # One seed, so that all ways look at the same places.
            measures = [
                partial(_measure, ledger, radius, way, fields, size.sessions, np.random.default_rng(3)) for way in ways
            ]
            found = interleave(size, measures)
            for execution in ("first", "twelfth"):
                ours, *others = (f"{way.name}, {execution}" for way in ways)
                for peer in others:
                    yield compare(f"{bench}, {name}, {execution} execution", "ms", found, ours, peer, goal)


def _make(ledger: Ledger, size: Size, made: str) -> None:
    """Load the sources, those of a field in each of its nights, and make what the peers need."""
    fields, n = size.partitions // NIGHTS, size.sky // size.partitions
    with ExitStack() as stack:
        owner, worker = (stack.enter_context(ledger.connect(role)) for role in ("owner", "worker"))
        store = Store(ledger.using.store_root)
        paths = [
            write_sources(store, make_sources(n, seed, SIDE * seed, 0.0), f"field{seed}") for seed in range(fields)
        ]
        run_id, files = register_sources(owner, paths * NIGHTS, n)
        for file in files:
            load(worker, store, "source", run_id, [file], token=file.dataset_id)
    with ledger.administer() as admin:
        for statement in made.split(";"):
            admin.execute(statement.encode())
        admin.execute("vacuum analyze catalog.source")


def _check(owner: Connection[Any], ways: Sequence[Way]) -> None:
    """Refuse to compare ways that find different things."""
    cone = (SIDE / 2, SIDE / 2, 1.0)
    want = ways[-1].find(owner, *cone)
    for way in ways:
        if way.find(owner, *cone) != want or not want:
            raise RuntimeError(f"{way.name} finds other sources than {ways[-1].name}")


def _measure(
    ledger: Ledger, radius: float, way: Way, fields: int, sessions: int, random: np.random.Generator
) -> Mapping[str, float]:
    """Give the durations of the first and the twelfth execution in a new session, means of some sessions."""
    times = []
    for _ in range(sessions):
        with ledger.connect("owner") as connection:
            # Compiling would cost q3c's many conditions seconds.
            connection.execute(f"set plan_cache_mode = {way.plans}; set jit = off".encode())
            ra = random.uniform(1, fields * SIDE - 1, EXECUTIONS)
            dec = random.uniform(1, SIDE - 1, EXECUTIONS)
            times.append(
                [seconds(partial(way.find, connection, *place, radius)) for place in zip(ra, dec, strict=True)]
            )
    first, *_, last = np.mean(times, axis=0).tolist()
    return {f"{way.name}, first": first, f"{way.name}, twelfth": last}
