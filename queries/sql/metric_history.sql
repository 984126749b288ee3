-- metric_history: A metric night by night, per instrument and band.
-- :param metric text Name of the metric, e.g. calibrate.seeing; `select distinct metric from measurement` lists them.
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
)
select m.day_obs, m.instrument, m.band, m.unit,
       count(*) filter (where m.value <> 'NaN') as n,
       count(*) filter (where m.value = 'NaN') as n_unknown,
       (avg(m.value::numeric) filter (where m.value <> 'NaN'))::float8 as mean,
       stddev_samp(m.value) filter (where m.value <> 'NaN') as scatter,
       min(m.value) filter (where m.value <> 'NaN') as lowest,
       percentile_cont(0.5) within group (order by m.value) filter (where m.value <> 'NaN') as median,
       max(m.value) filter (where m.value <> 'NaN') as highest
from latest m
group by m.day_obs, m.instrument, m.band, m.unit
order by m.day_obs, m.instrument, m.band
