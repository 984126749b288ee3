"""Lineage: what a coadd of a thousand images was made from, and what was made of a calibration."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from psycopg import Connection, sql

from tests.bench.ledgers import Ledgers
from tests.bench.measure import Figure, compare, interleave, seconds
from tests.bench.size import Size
from tests.bench.walks import BACK, FORWARD, Way
from tests.scale.quick import drop_indexes
from tests.support.queue import RECIPE

LARGE = ["registry.quantum", "registry.dataset", "registry.quantum_input"]
INPUTS = 1000  # images of a coadd, fewer when there are not as many edges
EDGES_PER_IMAGE = 1 + 3
# Images that a bias and a flat go into: what a trace forward finds, but for the coadds.
PER_BIAS, PER_FLAT = 2_900, 200_000
GOAL_BACK, GOAL_NARROW, GOAL_WIDE = 0.02, 0.05, 1.0  # [s]

# Datasets: biases, flats, raw frames, images and coadds; the last two have a quantum each.
GRAPH = """
set session_replication_role = replica;
insert into registry.role (name) values ('raw'), ('bias'), ('flat'), ('images');
insert into registry.dataset_type (name, dimensions, storage_class) values ('frame', '{{}}', 'file');
insert into registry.dataset (uid, dataset_type_id, coordinate_id, content_digest)
select gen_random_uuid(), y.dataset_type_id, c.coordinate_id, sha256(int8send(g))
from generate_series(1, {outside}::bigint) g, registry.dataset_type y, registry.coordinate c order by g;
insert into registry.quantum (provenance_hash, task_version_id, config_id, coordinate_id)
select sha256(int8send(g)), v.task_version_id, c.config_id, o.coordinate_id
from generate_series(1, {made}::bigint) g, registry.task_version v, registry.config c, registry.coordinate o order by g;
insert into registry.dataset (uid, dataset_type_id, coordinate_id, quantum_id, content_digest)
select gen_random_uuid(), y.dataset_type_id, q.coordinate_id, q.quantum_id, q.provenance_hash
from registry.quantum q, registry.dataset_type y order by q.quantum_id;
insert into registry.quantum_input (quantum_id, role_id, ordinal, dataset_id)
select i, r.role_id, 0, case r.name when 'raw' then {biases} + {flats} + i
                        when 'bias' then 1 + (i - 1) / {per_bias} % {biases}
                        else {biases} + 1 + (i - 1) % {flats} end
from generate_series(1, {images}::bigint) i, registry.role r where r.name <> 'images' order by i, r.role_id;
insert into registry.quantum_input (quantum_id, role_id, ordinal, dataset_id)
select {images} + 1 + (i - 1) / {inputs}, r.role_id, (i - 1) % {inputs}, {outside} + i
from generate_series(1, {images}::bigint) i, registry.role r where r.name = 'images' order by i;
reset session_replication_role"""
# The other way to answer: every pair, kept. Of all coadds it is made here, as nobody could wait for that of all images.
CLOSURE = """
create table public.closure as
select c.dataset_id as descendant, u.* from registry.dataset c, registry.upstream(array[c.dataset_id]) u
where c.dataset_id > {outside} + {images};
create index on public.closure (descendant);
grant select on public.closure to public"""


def run(ledgers: Ledgers, size: Size) -> Iterator[Figure]:
    """Measure the walk in the server beside walks in the client, and beside a table of all pairs."""
    with ledgers.fresh() as ledger:
        with ledger.administer() as admin:
            numbers = _make(admin, size.edges)
        first = numbers["outside"] + numbers["images"] + 1
        coadds = list(range(first, first + min(numbers["coadds"], 5)))
        biases = list(range(1, 1 + min(numbers["biases"], 5)))
        flats = [numbers["biases"] + 1]
        with ledger.connect("owner") as owner:
            yield from _compare(owner, size, "back from a coadd", "registry.upstream", BACK, coadds, GOAL_BACK)
            yield from _compare(owner, size, "forward from a bias", "registry.downstream", FORWARD, biases, GOAL_NARROW)
            yield from _compare(owner, size, "forward from a flat", "registry.downstream", FORWARD, flats, GOAL_WIDE)


def _compare(
    owner: Connection[Any],
    size: Size,
    what: str,
    ours: str,
    ways: Mapping[str, Way],
    datasets: list[int],
    goal: float,
) -> Iterator[Figure]:
    """Measure ways to find the same; a goal in seconds is one of ours alone, so it stands in the name."""
    want = ways[ours](owner, datasets[0])
    for name, way in ways.items():
        if way(owner, datasets[0]) != want:
            raise RuntimeError(f"{name} finds other datasets than {ours}")
    found = interleave(size, [partial(_time, owner, name, way, datasets) for name, way in ways.items()])
    bench = f"lineage, {what}: {len(want) - 1} of {size.edges} edges, goal {1000 * goal:g} ms"
    for peer in ways:
        if peer != ours:
            yield compare(bench, "ms", found, ours, peer)


def _make(admin: Connection[Any], edges: int) -> dict[str, int]:
    """Make the graph and the table of all pairs; give the numbers of things."""
    inputs = min(INPUTS, edges // EDGES_PER_IMAGE)
    coadds = edges // EDGES_PER_IMAGE // inputs
    images = coadds * inputs
    biases, flats = max(1, images // PER_BIAS), max(1, images // PER_FLAT)
    numbers = {
        "biases": biases, "flats": flats, "per_bias": PER_BIAS, "outside": biases + flats + images, "inputs": inputs,
        "images": images, "coadds": coadds, "made": images + coadds,
    }  # fmt: skip
    admin.execute(RECIPE)
    indexes = drop_indexes(admin, LARGE)
    admin.execute(sql.SQL(GRAPH).format(**numbers))
    for index in indexes:
        admin.execute(index.encode())
    admin.execute("vacuum analyze")
    admin.execute(sql.SQL(CLOSURE).format(**numbers))
    admin.execute("vacuum analyze public.closure")
    return numbers


def _time(connection: Connection[Any], name: str, way: Way, datasets: list[int]) -> Mapping[str, float]:
    """Give the mean duration for a dataset [s]."""
    return {name: seconds(lambda: [way(connection, dataset) for dataset in datasets]) / len(datasets)}
