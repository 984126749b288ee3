-- red_metrics: Measurements that break their specification, the newest night first.
-- :param metric text=null Metric; all by default.
-- :param n int=50 How many.
select v.metric, v.specification, v.value, v.unit, concat_ws(' ', v.operator, v.threshold, v.unit) as must_be, v.instrument, v.visit, v.detector, v.band,
       v.day_obs, v.dataset_id, v.description
from verdict v
where not v.ok and (%(metric)s::text is null or v.metric = %(metric)s)
order by v.day_obs desc nulls last, v.instrument, v.visit, v.detector, v.metric, v.specification, v.dataset_id desc
limit %(n)s::int8
