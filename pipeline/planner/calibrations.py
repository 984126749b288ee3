"""Which calibration is valid for each data ID, by one query."""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection, sql

from pipeline.planner.candidates import input_key
from pipeline.planner.graph import Place, Planned
from pipeline.planner.taint import Taint
from schema.ledger.times import SHUTTER_NS

# What a calibration may depend on beside time. Filter and band of an exposure are those of its record.
DIMENSIONS = ("instrument", "detector", "physical_filter", "band")

# Of the calibrations that are valid at that time, the one of the earliest collection counts.
VALID = """
with place as materialized (
  select c.coordinate_id, c.instrument, c.detector, e.physical_filter, f.band,
         {shutter} as began
  from registry.coordinate c
  cross join lateral (
    select e.physical_filter, e.obs_start_mjd_tai from registry.exposure e
    where e.instrument = c.instrument and (e.exposure = c.exposure or c.exposure is null and e.visit = c.visit)
    order by e.obs_start_mjd_tai limit 1) e
  left join registry.physical_filter f on f.instrument = c.instrument and f.physical_filter = e.physical_filter
  where c.coordinate_id = any(%(coordinates)s)
), calibration as materialized (
  select x.position, v.valid, o.instrument, o.detector, o.physical_filter, o.band, d.dataset_id, d.uid,
         d.content_digest, q.provenance_hash, d.output_name
  from unnest(%(collections)s::int[]) with ordinality as x (collection_id, position)
  join registry.calibration_validity v on v.collection_id = x.collection_id and v.until = 'infinity'
  join registry.dataset_type y on y.dataset_type_id = v.dataset_type_id and y.name = %(dataset_type)s
  join registry.dataset d on d.dataset_id = v.dataset_id
  join registry.coordinate o on o.coordinate_id = v.coordinate_id
  left join registry.quantum q on q.quantum_id = d.quantum_id
)
select distinct on (p.coordinate_id) p.coordinate_id, k.dataset_id, k.uid, k.content_digest, k.provenance_hash,
       k.output_name
from place p join calibration k using ({dimensions})
where k.valid @> p.began
order by p.coordinate_id, k.position"""


def find_calibrations(
    connection: Connection[Any], dataset_type: str, collections: Sequence[int], places: Iterable[Place], taint: Taint
) -> tuple[dict[int, Planned], dict[int, str]]:
    """Find the calibration of a type that is valid at each place.

    Parameters
    ----------
    collections
        Where it is looked for, in this order; only calibration collections hold validity ranges.

    Returns
    -------
    Calibrations by coordinate; by coordinate a sentence where that one is bad.
    """
    row = connection.execute("select dimensions from registry.dataset_type where name = %s", [dataset_type]).fetchone()
    dimensions = [name for name in DIMENSIONS if row and name in row[0]]
    if not dimensions:
        return {}, {}
    # Equal columns are brought together by hash; `null or equal` would compare each image with each calibration.
    statement = sql.SQL(VALID).format(
        shutter=sql.SQL(SHUTTER_NS), dimensions=sql.SQL(", ").join(map(sql.Identifier, dimensions))
    )
    arguments = {
        "coordinates": sorted(place.coordinate_id for place in places),
        "dataset_type": dataset_type,
        "collections": list(collections),
    }
    found: dict[int, Planned] = {}
    used: dict[int, int] = {}
    for coordinate, dataset, uid, content, provenance, output in connection.execute(statement, arguments):
        used[coordinate] = dataset
        found[coordinate] = Planned(uid, input_key(content, provenance, output))
    sentences = taint.refuse(connection, dataset_type, used.values())
    return found, {place: sentences[dataset] for place, dataset in used.items() if dataset in sentences}
