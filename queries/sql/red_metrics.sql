-- red_metrics: Measurements of the latest processing of each image that break their specification, the newest night first.
-- :param metric text=null Metric; all by default.
-- :param n int=50 How many.
select v.metric, v.specification, v.value, v.unit, concat_ws(' ', v.operator, v.threshold, v.unit) as must_be, v.instrument,
       v.visit, v.detector, v.band, v.day_obs, v.dataset_id, v.description
from verdict v
where not v.ok and (%(metric)s::text is null or v.metric = %(metric)s)
  and not exists (
    select from measurement later
    where later.metric = v.metric and later.instrument = v.instrument and later.exposure = v.exposure
      and later.detector is not distinct from v.detector and later.dataset_type = v.dataset_type
      and later.dataset_id > v.dataset_id)
order by v.day_obs desc nulls last, v.instrument, v.visit, v.detector, v.metric, v.specification, v.dataset_id desc
limit %(n)s::int8
