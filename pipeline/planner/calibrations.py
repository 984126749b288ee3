"""Which calibration is valid for each data ID, by one query."""

from collections.abc import Mapping, Sequence

from psycopg import sql

from pipeline.planner.draft import Draft
from pipeline.planner.graph import Known, Planned
from pipeline.planner.search import Search, input_key
from schema.ledger.times import SHUTTER_NS

# What a calibration may depend on beside time. Filter and band of an exposure are those of its record.
DIMENSIONS = ("instrument", "detector", "physical_filter", "band")

# Which calibration holds, `registry.find_calibration` says. The calibrations of a place are those whose data IDs agree
# with it; its time is that of the earliest exposure that it is given with. Exposures are found by one key at a time:
# `this exposure or that visit` in one condition would compare each place with all exposures of its instrument.
VALID = """
with timed as materialized (
  select x.coordinate_id, t.instrument, t.exposure, t.visit
  from unnest(%(coordinates)s::bigint[], %(timed_by)s::bigint[]) x (coordinate_id, timed_by)
  join registry.coordinate t on t.coordinate_id = x.timed_by
), opened as (
  select t.coordinate_id, e.*
  from timed t join registry.exposure e on e.instrument = t.instrument and e.exposure = t.exposure
  union all
  select t.coordinate_id, e.*
  from timed t join registry.exposure e on e.instrument = t.instrument and e.visit = t.visit
  where t.exposure is null
), place as materialized (
  select distinct on (c.coordinate_id) c.coordinate_id, c.instrument, c.detector,
         coalesce(c.physical_filter, e.physical_filter) as physical_filter, coalesce(c.band, f.band) as band,
         {shutter} as began
  from opened e join registry.coordinate c on c.coordinate_id = e.coordinate_id
  left join registry.physical_filter f on f.instrument = e.instrument and f.physical_filter = e.physical_filter
  order by c.coordinate_id, e.obs_start_mjd_tai
), asked as materialized (
  select p.coordinate_id, k.coordinate_id as calibration, p.began
  from place p join (
    select c.* from registry.coordinate c where c.coordinate_id in (
      select v.coordinate_id from registry.calibration_validity v
      where v.collection_id = any(%(collections)s) and v.dataset_type_id = %(dataset_type)s and v.until = 'infinity')
  ) k using ({dimensions})
), moments as materialized (
  select array_agg(calibration order by calibration, began) as coordinates,
         array_agg(began order by calibration, began) as times
  from (select distinct calibration, began from asked) a
)
select a.coordinate_id, d.dataset_id, d.uid, d.content_digest, q.provenance_hash, d.output_name
from moments m
cross join lateral registry.find_calibration(%(collections)s, %(dataset_type)s, m.coordinates, m.times) f
join asked a on a.calibration = f.coordinate_id and a.began = f.tai_ns
join registry.dataset d on d.dataset_id = f.dataset_id
left join registry.quantum q on q.quantum_id = d.quantum_id
order by 1"""


def add_calibrations(search: Search, draft: Draft) -> None:
    """Add the calibrations that are valid at each data ID to the inputs; a data ID without one is left out."""
    timeless = {"exposure", "visit"}.isdisjoint(draft.task.dimensions)
    for role, wanted in draft.task.calibrations().items():
        takers = [one for one in draft.quanta if wanted.wanted(one.step.config)]
        keys = [one.place.coordinate_id for one in takers]
        timed_by = {key: draft.gathered.get(key, []) if timeless else [key] for key in keys}
        valid, bad = find_calibrations(search, wanted.dataset_type, timed_by)
        draft.leave_out(search, bad)
        for quantum in takers:
            if dataset := valid.get(quantum.place.coordinate_id):
                quantum.inputs.append((role, 0, dataset))
        lacking = set() if wanted.optional else set(keys) - valid.keys()
        draft.keep(
            search,
            [one for one in draft.quanta if one.place.coordinate_id not in lacking],
            f"no {wanted.dataset_type} is valid at their time in the calibration collections of the inputs",
        )


def find_calibrations(
    search: Search, dataset_type: str, timed_by: Mapping[int, Sequence[int]]
) -> tuple[dict[int, Planned], dict[int, str]]:
    """Find the calibration of a type that is valid at each coordinate; only calibration collections have any.

    Parameters
    ----------
    timed_by
        By coordinate: the coordinates whose exposures tell its time.

    Returns
    -------
    Calibrations by coordinate; by coordinate a sentence where that one is bad.
    """
    key, dimensions = _told_by(search, dataset_type)
    if not dimensions:
        return {}, {}
    # Equal columns are brought together by hash; `null or equal` would compare each image with each data ID.
    statement = sql.SQL(VALID).format(
        shutter=sql.SQL(SHUTTER_NS), dimensions=sql.SQL(", ").join(map(sql.Identifier, dimensions))
    )
    pairs = [(place, one) for place, timing in timed_by.items() for one in timing]
    arguments = {
        "coordinates": [place for place, _ in pairs],
        "timed_by": [one for _, one in pairs],
        "dataset_type": key,
        "collections": search.collections,
    }
    found: dict[int, Planned] = {}
    used: dict[int, int] = {}
    rows = search.connection.execute(statement, arguments, binary=True).fetchall()
    for coordinate, dataset, uid, content, provenance, output in rows:
        used[coordinate] = dataset
        found[coordinate] = Known(uid, input_key(content, provenance, output))
    sentences = search.taint.refuse(search.connection, dataset_type, used.values())
    return found, {place: sentences[dataset] for place, dataset in used.items() if dataset in sentences}


def _told_by(search: Search, dataset_type: str) -> tuple[int, list[str]]:
    """Give the key of a type and the dimensions that its calibrations depend on; none where nobody knows the type."""
    known = search.connection.execute(
        "select dataset_type_id, dimensions from registry.dataset_type where name = %s", [dataset_type]
    ).fetchone()
    key, told = known or (0, [])
    return key, [name for name in DIMENSIONS if name in told]
