-- measurement: Values of metrics.
-- export
select m.name as metric, d.uid, x.value::text from quality.measurement x join quality.metric m using (metric_id)
join registry.dataset d using (dataset_id) where x.dataset_id = any(%(datasets)s) order by 1, 2
-- columns
metric text, uid uuid, value float8
-- take
insert into quality.measurement (metric_id, dataset_id, value)
select m.metric_id, d.dataset_id, x.value from x join quality.metric m on m.name = x.metric
join registry.dataset d using (uid) order by 1, 2 on conflict do nothing
-- known
select x.metric || ' of ' || x.uid, 'value', v.value::text, x.value::text
from x join quality.metric m on m.name = x.metric join registry.dataset d using (uid)
join quality.measurement v on (v.metric_id, v.dataset_id) = (m.metric_id, d.dataset_id)
-- What an execution took differs from one to the next, and is no contradiction.
where v.value <> x.value and x.metric !~ '[.](wall|cpu|memory)$' order by 1 limit 1
