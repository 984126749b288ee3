"""Find-first: the dataset of a data ID in a chain of ten collections, beside the Butler's query on the same server."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from random import Random
from typing import Any

from psycopg import ClientCursor, Connection

from schema.canonical import coordinate_digest
from schema.ledger.collections import find_first
from tests.bench.ledgers import Ledgers
from tests.bench.measure import Figure, Measure, compare, interleave, seconds
from tests.bench.peer import Peer, butler_of
from tests.bench.size import Size
from tests.scale.quick import drop_indexes

RUNS = 10
LOOKS = 100  # data IDs, of all the runs
GOAL_MS = 5
CHAIN, TYPE = "chain", "frame"
LARGE = ["registry.coordinate", "registry.dataset", "registry.member"]
Place = tuple[int, int]  # exposure and detector

# A dataset of each exposure and detector, in one of the runs; the chain searches them in order.
FILL = """
set session_replication_role = replica;
insert into registry.dataset_type (name, dimensions, storage_class)
values ('frame', '{detector,exposure,instrument}', 'table');
insert into registry.collection (name, kind, doc)
select 'run ' || n, 'run', '' from generate_series(0, %(runs)s - 1) n order by n;
insert into registry.collection (name, kind, doc) values ('chain', 'chained', '');
insert into registry.collection_chain (parent, position, child)
select p.collection_id, substr(c.name, 5)::int, c.collection_id
from registry.collection p join registry.collection c on c.kind = 'run' where p.name = 'chain';
insert into registry.dataset (uid, dataset_type_id, coordinate_id, content_digest)
select gen_random_uuid(), y.dataset_type_id, c.coordinate_id, c.digest
from registry.coordinate c, registry.dataset_type y where y.name = 'frame' order by c.coordinate_id;
insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how)
select r.collection_id, d.dataset_type_id, d.coordinate_id, d.dataset_id, 'computed'
from registry.dataset d join registry.coordinate c using (coordinate_id)
join registry.collection r on r.name = 'run ' || (c.exposure * %(detectors)s + c.detector) %% %(runs)s;
reset session_replication_role"""
ONE = """
select m.dataset_id from registry.member m join registry.collection c using (collection_id)
join registry.dataset_type y using (dataset_type_id)
where c.name = %s and y.name = %s and m.coordinate_id = %s and m.until = 'infinity'"""
PLACES = "copy registry.coordinate (digest, instrument, detector, exposure) from stdin"


def run(ledgers: Ledgers, size: Size) -> Iterator[Figure]:
    """Measure look-ups by data ID, from the digest of the data ID to the key of the dataset."""
    detectors = min(1000, size.datasets)
    exposures = size.datasets // detectors
    places = [(exposure, detector) for exposure in range(1, exposures + 1) for detector in range(detectors)]
    asked = Random(1).sample(places, min(LOOKS, len(places)))
    with ExitStack() as stack:
        ledger = stack.enter_context(ledgers.fresh())
        with ledger.administer() as admin:
            _fill(admin, places, detectors)
        owner = stack.enter_context(ledger.connect("owner"))
        measures: list[Measure] = [partial(_find, owner, asked), partial(_one_by_one, owner, asked)]
        if butler := stack.enter_context(butler_of(ledgers, detectors, "butler_find")):
            butler.ask("fill", runs=RUNS, exposures=exposures, detectors=detectors)
            measures.append(partial(_ask, butler, asked))
        found = interleave(size, measures)
    ours, *others = found
    for other in others:
        yield compare(f"finding, {size.datasets} datasets in {RUNS} runs, goal {GOAL_MS} ms", "ms", found, ours, other)


def _fill(admin: Connection[Any], places: Sequence[Place], detectors: int) -> None:
    indexes = drop_indexes(admin, LARGE)
    with admin.transaction(), admin.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        with cursor.copy(PLACES) as copy:
            for exposure, detector in places:
                copy.write_row([coordinate_digest(_data_id(exposure, detector)), "Toy", detector, exposure])
    ClientCursor(admin).execute(FILL.encode(), {"runs": RUNS, "detectors": detectors})
    for index in indexes:
        admin.execute(index.encode())
    admin.execute("vacuum analyze")


def _data_id(exposure: int, detector: int) -> Mapping[str, Any]:
    return {"instrument": "Toy", "exposure": exposure, "detector": detector}


def _find(owner: Connection[Any], asked: Sequence[Place]) -> Mapping[str, float]:
    """Look up as the product does; give the seconds per look-up."""

    def look() -> None:
        for place in asked:
            key = _coordinate(owner, place)
            if key not in find_first(owner, [CHAIN], TYPE, [key]):
                raise RuntimeError(f"nothing is found at {place}")

    return {"find_first": seconds(look) / len(asked)}


def _one_by_one(owner: Connection[Any], asked: Sequence[Place]) -> Mapping[str, float]:
    """Ask the collections in turn; give the seconds per look-up."""
    runs = [f"run {number}" for number in range(RUNS)]

    def look() -> None:
        for place in asked:
            key = _coordinate(owner, place)
            if not any(owner.execute(ONE, [name, TYPE, key]).fetchone() for name in runs):
                raise RuntimeError(f"nothing is found at {place}")

    return {"a query per collection": seconds(look) / len(asked)}


def _ask(butler: Peer, asked: Sequence[Place]) -> Mapping[str, float]:
    return {"Butler.find_dataset": butler.ask("find", places=asked)}


def _coordinate(owner: Connection[Any], place: Place) -> int:
    row = owner.execute(
        "select coordinate_id from registry.coordinate where digest = %s", [coordinate_digest(_data_id(*place))]
    ).fetchone()
    return int(row[0]) if row else 0
