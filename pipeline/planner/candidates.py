"""What the ledger has for a plan, each by one query."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection

from pipeline.planner.graph import Place, Planned, Quantum
from pipeline.planner.taint import Taint
from schema.canonical import output_key

DAY_MS = 86_400_000

# find-first: of several datasets of one type and coordinate, the one of the earliest collection counts
FIND_FIRST = """
select distinct on (m.coordinate_id) m.coordinate_id, c.digest, c.instrument, d.dataset_id, d.uid, d.content_digest,
       q.provenance_hash, d.output_name
from unnest(%(collections)s::int[]) with ordinality as x (collection_id, position)
join registry.member m on m.collection_id = x.collection_id and m.until = 'infinity'
join registry.dataset_type y on y.dataset_type_id = m.dataset_type_id and y.name = %(dataset_type)s
join registry.dataset d on d.dataset_id = m.dataset_id
join registry.coordinate c on c.coordinate_id = m.coordinate_id
left join registry.quantum q on q.quantum_id = d.quantum_id
where %(chosen)s::bigint[] is null or m.dataset_id = any(%(chosen)s)
order by m.coordinate_id, x.position"""

# Equality of coarse cells (HEALPix order 5) brings the candidates together by hash. The hundred ranges of an image lie
# in one or two of them: `distinct` comes before the series, which costs more. Overlaps of ranges are estimated badly:
# for some hundred images PostgreSQL compared each with everything, instead of using the index.
OVERLAPS = """
with here as materialized (
  select distinct coordinate_id, ranges from registry.region where coordinate_id = any(%(coordinates)s)
), there as materialized (
  select d.dataset_id, d.uid, d.content_digest, q.provenance_hash, d.output_name, b.ranges
  from registry.dataset_type y
  join registry.member m on m.dataset_type_id = y.dataset_type_id and m.collection_id = any(%(collections)s)
    and m.until = 'infinity'
  join registry.dataset d on d.dataset_id = m.dataset_id
  join registry.region b on b.dataset_id = d.dataset_id
  left join registry.quantum q on q.quantum_id = d.quantum_id
  where y.name = %(dataset_type)s
), here_cells as materialized (
  select distinct coordinate_id, cell
  from (
    select distinct coordinate_id, lower(r) >> 48 as low, (upper(r) - 1) >> 48 as high from here, unnest(ranges) r
  ) s, generate_series(low, high) cell
), there_cells as materialized (
  select distinct dataset_id, cell
  from (
    select distinct dataset_id, lower(r) >> 48 as low, (upper(r) - 1) >> 48 as high from there, unnest(ranges) r
  ) s, generate_series(low, high) cell
), pairs as materialized (
  select distinct coordinate_id, dataset_id from here_cells join there_cells using (cell)
)
select distinct coordinate_id, t.dataset_id, t.uid, t.content_digest, t.provenance_hash, t.output_name
from pairs join here h using (coordinate_id) join there t using (dataset_id)
where t.ranges && h.ranges
order by 1, 3"""

EXISTING = """
select q.provenance_hash, d.output_name, d.dataset_id
from registry.quantum q
join registry.dataset d on d.quantum_id = q.quantum_id
where q.provenance_hash = any(%s) and exists (
  select from registry.artifact a where a.content_digest = d.content_digest and a.state = 'present')"""

# NoWork is a result, too: the unit is done and has made nothing
IDLE = """
select q.provenance_hash from registry.quantum q
where q.provenance_hash = any(%s)
  and exists (select from work.unit u where u.quantum_id = q.quantum_id and u.state = 'done')
  and not exists (select from registry.dataset d where d.quantum_id = q.quantum_id)"""

# What the first output of a task cost is a metric like any other, with an index: the last thousand tell enough.
COSTS = """
select t.name, c.mean
from unnest(%s::text[]) as t (name)
join quality.metric k on k.name = t.name || '.cpu'
cross join lateral (
  select avg(value) as mean from (
    select m.value from quality.measurement m
    where m.metric_id = k.metric_id order by m.dataset_id desc limit 1000) x) c
where c.mean is not null"""

CONDEMNED = """
select t.name, v.code_digest, c.digest
from registry.mark m
left join registry.task_version v using (task_version_id)
left join registry.task t using (task_id)
left join registry.config c using (config_id)
where m.verdict = 'bad' and m.revoked_at is null and m.dataset_id is null"""


def find_datasets(
    connection: Connection[Any],
    dataset_type: str,
    collections: Sequence[int],
    chosen: Sequence[int] | None,
    taint: Taint,
) -> tuple[dict[Place, Planned], dict[int, str]]:
    """Find the datasets of a type, one per coordinate.

    Parameters
    ----------
    chosen
        Only these datasets; None for all.

    Returns
    -------
    Datasets by place, those that are bad with them; by coordinate a sentence about one that is bad.
    """
    arguments = {
        "collections": list(collections),
        "dataset_type": dataset_type,
        "chosen": None if chosen is None else list(chosen),
    }
    found: dict[Place, Planned] = {}
    held: dict[int, int] = {}
    for coordinate, digest, instrument, dataset, uid, content, provenance, output in connection.execute(
        FIND_FIRST, arguments
    ):
        held[dataset] = coordinate
        found[Place(coordinate, digest, instrument)] = Planned(uid, input_key(content, provenance, output))
    sentences = taint.refuse(connection, dataset_type, held)
    return found, {held[dataset]: sentence for dataset, sentence in sentences.items()}


def find_overlaps(
    connection: Connection[Any], dataset_type: str, collections: Sequence[int], places: Iterable[Place], taint: Taint
) -> tuple[dict[int, list[Planned]], dict[int, str]]:
    """Find the datasets of a type that overlap places on the sky.

    Returns
    -------
    Datasets by coordinate, in the order of their uids; by coordinate a sentence about one that is bad.
    """
    arguments = {
        "coordinates": sorted(place.coordinate_id for place in places),
        "dataset_type": dataset_type,
        "collections": list(collections),
    }
    found: dict[int, list[Planned]] = defaultdict(list)
    bad: dict[int, int] = {}
    for coordinate, dataset, uid, content, provenance, output in connection.execute(OVERLAPS, arguments):
        if dataset in taint:
            bad[coordinate] = dataset
        else:
            found[coordinate].append(Planned(uid, input_key(content, provenance, output)))
    sentences = taint.refuse(connection, dataset_type, bad.values())
    return found, {coordinate: sentences[dataset] for coordinate, dataset in bad.items()}


def note_existing(connection: Connection[Any], quanta: Sequence[Quantum], taint: Taint) -> dict[int, str]:
    """Note in each quantum which of its outputs some earlier run has made, or that there is nothing to make.

    A quantum with a bad output, code or configuration is left out: the same recipe would give the same again.

    Returns
    -------
    By coordinate a sentence about a quantum that may not be planned.
    """
    by_hash = {quantum.provenance: quantum for quantum in quanta}
    bad: set[bytes] = set()
    for provenance, output, dataset in connection.execute(EXISTING, [list(by_hash)]):
        by_hash[provenance].existing[output] = dataset
        if dataset in taint:
            bad.add(provenance)
    for (provenance,) in connection.execute(IDLE, [list(by_hash)]):
        by_hash[provenance].idle = True
    marked = connection.execute(CONDEMNED).fetchall()
    codes, configs = {(task, code) for task, code, _ in marked}, {config for _, _, config in marked}
    bad |= {q.provenance for q in quanta if (q.task.name, q.step.code) in codes or q.step.config_digest in configs}
    n = Counter(by_hash[provenance].task.name for provenance in bad)
    said = "{} results of {} are marked bad: change code, config or inputs, or revoke the mark"
    places = {by_hash[provenance].place.coordinate_id: by_hash[provenance].task.name for provenance in bad}
    return {place: said.format(n[task], task) for place, task in places.items()}


def mean_cpu(connection: Connection[Any], tasks: Iterable[str]) -> dict[str, float]:
    """Give the CPU time that the last quanta of tasks took, on average [s]; tasks that were never run are left out."""
    return dict(connection.execute(COSTS, [sorted(set(tasks))]).fetchall())


def next_salt(connection: Connection[Any]) -> int:
    """Give a salt that no quantum has: with it everything is new."""
    row = connection.execute("select coalesce(max(salt), 0) + 1 from registry.quantum where salt > 0").fetchone()
    return int(row[0]) if row else 1


def estimate_ms(connection: Connection[Any]) -> dict[tuple[str, str | None], int]:
    """Give how long a unit took lately [ms], by task and instrument: the mean of its part of the last executions."""
    rows = connection.execute(
        """select t.name, c.instrument, avg(extract(epoch from e.ended_at - e.started_at)) * 1000
           from (select * from work.execution order by execution_id desc limit 20000) e
           join work.unit u using (unit_id) join registry.quantum q using (quantum_id)
           join registry.task_version v using (task_version_id) join registry.task t using (task_id)
           join registry.coordinate c using (coordinate_id)
           where e.outcome = 'ok' group by 1, 2"""
    )
    # A clock that jumped must not make a unit last for years.
    return {(task, instrument): max(1, min(DAY_MS, round(mean))) for task, instrument, mean in rows}


def input_key(content: bytes, provenance: bytes | None, output: str) -> str:
    """Give what a dataset counts as in the hash of whoever reads it."""
    return content.hex() if provenance is None else output_key(provenance, output)
