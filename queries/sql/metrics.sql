-- metrics: Every metric, how often it was measured, and how often it breaks a specification, by the latest processing.
-- :param metric text=null Metric; all by default.
with latest as (
  -- What has no exposure is never an earlier processing of something else.
  select distinct on (m.metric, m.instrument, coalesce(m.exposure, -m.dataset_id), m.detector, m.dataset_type) m.*
  from measurement m
  where %(metric)s::text is null or m.metric = %(metric)s
  order by m.metric, m.instrument, coalesce(m.exposure, -m.dataset_id), m.detector, m.dataset_type, m.dataset_id desc
), judged as (
  select v.metric, count(*) filter (where not v.ok) as n_red, count(distinct v.specification) as n_specifications
  from verdict v join latest l using (metric, dataset_id)
  where %(metric)s is null or v.metric = %(metric)s
  group by v.metric
)
select m.metric, m.unit, m.description, count(*) filter (where m.value <> 'NaN') as n_values,
       count(*) filter (where m.value = 'NaN') as n_unknown, coalesce(j.n_specifications, 0) as n_specifications,
       coalesce(j.n_red, 0) as n_red,
       array_agg(distinct m.instrument) filter (where m.instrument is not null) as instruments,
       array_agg(distinct m.band) filter (where m.band is not null) as bands
from latest m left join judged j using (metric)
group by m.metric, m.unit, m.description, j.n_specifications, j.n_red
order by coalesce(j.n_red, 0) desc, m.metric
