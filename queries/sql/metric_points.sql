-- metric_points: Every value of a metric with its image, the newest first, and whether it keeps its specifications.
-- :param metric text Name of the metric, e.g. calibrate.seeing; the query `metrics` lists them.
-- :param instrument text=null Instrument; all by default.
-- :param band text=null Band; all by default.
-- :param run text=null Run whose datasets are meant; the latest processing of each image by default.
with latest as (
  -- What has no exposure is never an earlier processing of something else.
  select distinct on (m.instrument, coalesce(m.exposure, -m.dataset_id), m.detector, m.dataset_type) m.*
  from measurement m
  where m.metric = %(metric)s::text
    and (%(instrument)s::text is null or m.instrument = %(instrument)s)
    and (%(band)s::text is null or m.band = %(band)s)
    and (%(run)s::text is null
         or exists (select from member c where c.collection = %(run)s and c.dataset_id = m.dataset_id))
  order by m.instrument, coalesce(m.exposure, -m.dataset_id), m.detector, m.dataset_type, m.dataset_id desc
), judged as (
  select v.dataset_id, bool_and(v.ok) as ok
  from verdict v
  where v.metric = %(metric)s
  group by v.dataset_id
)
select timestamp '1858-11-17 00:00' + e.obs_start_mjd_tai * interval '1 day' as obs_start_tai, m.day_obs, m.instrument, m.band,
       m.visit, m.detector, m.value, m.unit, j.ok, m.dataset_id
from latest m
left join exposure e on e.instrument = m.instrument and e.exposure = m.exposure
left join judged j on j.dataset_id = m.dataset_id
order by e.obs_start_mjd_tai desc nulls last, m.instrument, m.visit, m.detector, m.dataset_id
