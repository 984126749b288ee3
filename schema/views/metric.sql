create view public.metric as
select m.name as metric, m.unit, m.description from quality.metric m;
comment on view public.metric is 'What is measured of datasets.';
comment on column public.metric.metric is 'Name of the metric.';
comment on column public.metric.unit is 'Unit of its values.';
comment on column public.metric.description is 'What it says.';
