create view public.dataset_metric as
select o.dataset_id, m.name as metric, x.value
from quality.measurement x
join quality.metric m using (metric_id)
join registry.dataset s on s.dataset_id = x.dataset_id
join registry.dataset o on o.quantum_id = s.quantum_id
union all
select s.dataset_id, m.name, x.value
from quality.measurement x
join quality.metric m using (metric_id)
join registry.dataset s on s.dataset_id = x.dataset_id and s.quantum_id is null;
comment on view public.dataset_metric is 'Values of metrics on datasets, and on what else was made in the same step: a catalog has the seeing of its image.';
comment on column public.dataset_metric.dataset_id is 'Dataset.';
comment on column public.dataset_metric.metric is 'Name of the metric.';
comment on column public.dataset_metric.value is 'Value in the unit of the metric; NaN when it could not be measured.';
