"""Lineage: everything that a coadd of a thousand images was made from."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from psycopg import Connection, sql

from tests.bench.ledgers import Ledgers
from tests.bench.measure import Figure, compare, interleave, seconds
from tests.bench.size import Size
from tests.support.queue import RECIPE

Way = Callable[[Connection[Any], int], set[int]]
INPUTS = 1000  # images of a coadd, fewer when there are not as many edges
CALIBRATIONS = 50  # two of them go into each image, with its raw frame
EDGES_PER_IMAGE = 1 + 3

# Datasets: calibrations, then raw frames, images and coadds; the last two have a quantum each.
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
select i, r.role_id, 0, case r.name when 'raw' then {calibrations} + i when 'bias' then 1 + i % ({calibrations} / 2)
                        else 1 + {calibrations} / 2 + i % ({calibrations} / 2) end
from generate_series(1, {images}::bigint) i, registry.role r where r.name <> 'images' order by i, r.role_id;
insert into registry.quantum_input (quantum_id, role_id, ordinal, dataset_id)
select {images} + 1 + (i - 1) / {inputs}, r.role_id, (i - 1) % {inputs}, {outside} + i
from generate_series(1, {images}::bigint) i, registry.role r where r.name = 'images' order by i;
create table public.closure as
select c.dataset_id as descendant, u.* from registry.dataset c, registry.upstream(array[c.dataset_id]) u
where c.dataset_id > {outside} + {images};
create index on public.closure (descendant);
grant select on public.closure to public;
reset session_replication_role"""

STEP = """
select distinct i.dataset_id from registry.dataset d join registry.quantum_input i using (quantum_id)
where d.dataset_id = any(%s)"""


def run(ledgers: Ledgers, size: Size) -> Iterator[Figure]:
    """Measure the walk in the server beside walks in the client, and beside a table of all pairs."""
    with ledgers.fresh() as ledger:
        with ledger.administer() as admin:
            coadds = _make(admin, size.edges)
        with ledger.connect("owner") as owner:
            want = len(_recursive(owner, coadds[0]))
            ways: dict[str, Way] = {
                "registry.upstream": _recursive,
                "a query per level": _by_level,
                "a query per dataset": _by_dataset,
                "closure table": _closure,
            }
            for name, way in ways.items():
                if len(way(owner, coadds[0])) != want:
                    raise RuntimeError(f"{name} finds other ancestors than registry.upstream")
            found = interleave(size, [partial(_time, owner, name, way, coadds) for name, way in ways.items()])
    bench = f"lineage, {size.edges} edges"
    for peer in ("a query per dataset", "a query per level", "closure table"):
        yield compare(bench, "ms", found, "registry.upstream", peer)


def _make(admin: Connection[Any], edges: int) -> list[int]:
    """Make the graph and the table of all pairs; give some coadds."""
    inputs = min(INPUTS, edges // EDGES_PER_IMAGE)
    coadds = edges // EDGES_PER_IMAGE // inputs
    images = coadds * inputs
    numbers = {
        "calibrations": CALIBRATIONS, "outside": CALIBRATIONS + images, "inputs": inputs,
        "images": images, "made": images + coadds,
    }  # fmt: skip
    admin.execute(RECIPE)
    admin.execute(sql.SQL(GRAPH).format(**numbers))
    admin.execute("vacuum analyze")
    first = numbers["outside"] + images + 1
    return list(range(first, first + min(coadds, 5)))


def _time(connection: Connection[Any], name: str, way: Way, coadds: list[int]) -> Mapping[str, float]:
    """Give the mean duration for a coadd [s]."""
    return {name: seconds(lambda: [way(connection, coadd) for coadd in coadds]) / len(coadds)}


def _recursive(connection: Connection[Any], dataset: int) -> set[int]:
    rows = connection.execute("select dataset_id, depth from registry.upstream(%s)", [[dataset]])
    return {row[0] for row in rows}


def _closure(connection: Connection[Any], dataset: int) -> set[int]:
    rows = connection.execute("select dataset_id, depth from public.closure where descendant = %s", [dataset])
    return {row[0] for row in rows}


def _by_level(connection: Connection[Any], dataset: int) -> set[int]:
    found, fresh = {dataset}, {dataset}
    while fresh:
        fresh = {row[0] for row in connection.execute(STEP, [list(fresh)])} - found
        found |= fresh
    return found


def _by_dataset(connection: Connection[Any], dataset: int) -> set[int]:
    """Ask for the inputs of each dataset, as objects that load each other do."""
    found, todo = {dataset}, [dataset]
    while todo:
        fresh = {row[0] for row in connection.execute(STEP, [[todo.pop()]])} - found
        found |= fresh
        todo += fresh
    return found
