"""Prerequisites: what overlaps each data ID on the sky, by one query."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from pipeline.planner.draft import Draft
from pipeline.planner.graph import Known, Planned, Quantum
from pipeline.planner.search import Search, input_key
from pipeline.task import Prerequisite

# Equality of coarse cells (HEALPix order 7, half a degree) brings the candidates together by hash. The hundred ranges
# of an image lie in a few of them: `distinct` comes before the series, which costs more. Overlaps of ranges are
# estimated badly: for some hundred images PostgreSQL compared each with everything, instead of using the index.
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
    select distinct coordinate_id, lower(r) >> 44 as low, (upper(r) - 1) >> 44 as high from here, unnest(ranges) r
  ) s, generate_series(low, high) cell
), there_cells as materialized (
  select distinct dataset_id, cell
  from (
    select distinct dataset_id, lower(r) >> 44 as low, (upper(r) - 1) >> 44 as high from there, unnest(ranges) r
  ) s, generate_series(low, high) cell
), pairs as materialized (
  select distinct coordinate_id, dataset_id from here_cells join there_cells using (cell)
)
select distinct coordinate_id, t.dataset_id, t.uid, t.content_digest, t.provenance_hash, t.output_name
from pairs join here h using (coordinate_id) join there t using (dataset_id)
where t.ranges && h.ranges
order by 1, 3"""


def add_prerequisites(search: Search, draft: Draft) -> None:
    """Add what overlaps each data ID on the sky to the inputs; a data ID where one of it is bad waits."""
    for role, wanted in draft.task.prerequisites().items():
        bad: dict[int, str] = {}
        for collections, quanta in _by_collection(search, wanted, draft.quanta):
            keys = [quantum.place.coordinate_id for quantum in quanta]
            overlapping, unusable = find_overlaps(search, wanted.dataset_type, collections, keys)
            bad |= unusable
            for quantum in quanta:
                datasets = overlapping.get(quantum.place.coordinate_id, ())
                quantum.inputs += [(role, n, dataset) for n, dataset in enumerate(datasets)]
        draft.leave_out(search, bad)


def find_overlaps(
    search: Search, dataset_type: str, collections: Sequence[int], coordinates: Sequence[int]
) -> tuple[dict[int, list[Planned]], dict[int, str]]:
    """Find the datasets of a type that overlap coordinates on the sky.

    Returns
    -------
    Datasets by coordinate, in the order of their uids; by coordinate a sentence about one that is bad.
    """
    arguments = {
        "coordinates": sorted(coordinates),
        "dataset_type": dataset_type,
        "collections": list(collections),
    }
    found: dict[int, list[Planned]] = defaultdict(list)
    bad: dict[int, int] = {}
    for coordinate, dataset, uid, content, provenance, output in search.connection.execute(
        OVERLAPS, arguments
    ).fetchall():
        if dataset in search.taint:
            bad[coordinate] = dataset
        else:
            found[coordinate].append(Known(uid, input_key(content, provenance, output)))
    sentences = search.taint.refuse(search.connection, dataset_type, bad.values())
    return found, {coordinate: sentences[dataset] for coordinate, dataset in bad.items()}


def _by_collection(
    search: Search, wanted: Prerequisite, quanta: list[Quantum]
) -> Iterator[tuple[list[int], list[Quantum]]]:
    """Group quanta by where the prerequisite is looked for: cameras may differ in their reference catalog."""
    if wanted.collection is None:
        yield search.collections, quanta
        return
    groups: dict[str, list[Quantum]] = defaultdict(list)
    steps = {id(quantum.step): quantum.step for quantum in quanta}  # a few: one for each camera
    names = {key: wanted.collection.format_map(step.config.model_dump()) for key, step in steps.items()}
    for quantum in quanta:
        groups[names[id(quantum.step)]].append(quantum)
    named = search.connection.execute(
        "select name, collection_id from registry.collection where collection_id = any(%s)", [search.collections]
    )
    known = dict(named.fetchall())
    for name, group in groups.items():
        yield [known[name]] if name in known else [], group
