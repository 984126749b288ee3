-- visit_verdicts: Values of metrics on the datasets of one visit, and whether they keep the specifications in force.
-- :param instrument text Instrument.
-- :param visit int Visit.
-- :param detector int=null Detector; all by default.
-- :param run text=null Run whose datasets are meant; the latest processing of each image by default.
with latest as (
  select distinct on (m.metric, m.exposure, m.detector, m.dataset_type) m.*
  from exposure x
  -- `offset 0`: an exposure has few datasets, found by the index on its coordinates.
  cross join lateral (select * from measurement where instrument = x.instrument and exposure = x.exposure offset 0) m
  where x.instrument = %(instrument)s::text and x.visit = %(visit)s::int8
    and (%(detector)s::int4 is null or m.detector = %(detector)s)
    and (%(run)s::text is null
         -- `offset 0`: each dataset is one look, not one of all that the run has.
         or exists (select from member c where c.collection = %(run)s and c.dataset_id = m.dataset_id offset 0))
  order by m.metric, m.exposure, m.detector, m.dataset_type, m.dataset_id desc
), judged as materialized (
  -- Once for the visit: looked up one by one, each value would be met as often as its dataset has metrics.
  select v.* from exposure x
  cross join lateral (select * from verdict where instrument = x.instrument and exposure = x.exposure offset 0) v
  where x.instrument = %(instrument)s and x.visit = %(visit)s
)
select m.metric, m.value, m.unit,
       case when v.specification is null then 'none' when v.ok then 'kept' when not v.ok then 'broken'
         else 'unknown' end as verdict,
       v.operator || ' ' || v.threshold as must_be, m.detector, m.dataset_type, m.dataset_id, m.description
from latest m
left join judged v on v.dataset_id = m.dataset_id and v.metric = m.metric
-- What is red comes first.
order by v.ok is distinct from false, m.metric, m.detector, v.specification, m.dataset_id
