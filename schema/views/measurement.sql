create view public.measurement as
select m.name as metric, x.value, m.unit, d.instrument, d.exposure, d.visit, d.detector, d.band, e.day_obs,
       d.dataset_type, x.dataset_id, m.description
from quality.measurement x
join quality.metric m using (metric_id)
join public.dataset d using (dataset_id)
left join registry.exposure e on e.instrument = d.instrument and e.exposure = d.exposure;
comment on view public.measurement is 'Values of metrics on datasets.';
comment on column public.measurement.metric is 'Name of the metric.';
comment on column public.measurement.value is 'Value; NaN when it could not be measured.';
comment on column public.measurement.unit is 'Unit of the value.';
comment on column public.measurement.instrument is 'Instrument of the dataset.';
comment on column public.measurement.exposure is 'Exposure of the dataset.';
comment on column public.measurement.visit is 'Visit of the dataset.';
comment on column public.measurement.detector is 'Detector of the dataset.';
comment on column public.measurement.band is 'Band of the dataset.';
comment on column public.measurement.day_obs is 'Observing night, YYYYMMDD.';
comment on column public.measurement.dataset_type is 'Type of the dataset that is described.';
comment on column public.measurement.dataset_id is 'Dataset that is described.';
comment on column public.measurement.description is 'What the metric says.';
