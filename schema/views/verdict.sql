create view public.verdict as
select x.metric, s.specification, x.value, s.operator, s.threshold, x.unit,
       case
         when x.value = 'NaN' then null
         when s.operator = '<=' then x.value <= s.threshold
         when s.operator = '<' then x.value < s.threshold
         when s.operator = '>=' then x.value >= s.threshold
         when s.operator = '>' then x.value > s.threshold
       end as ok,
       x.instrument, x.exposure, x.visit, x.detector, x.band, x.day_obs, x.dataset_type, x.dataset_id, s.description
from public.measurement x
join public.specification s
  on s.metric = x.metric and (s.instrument is null or s.instrument = x.instrument) and (s.band is null or s.band = x.band);
comment on view public.verdict is 'Measurements against the specifications in force.';
comment on column public.verdict.metric is 'Name of the metric.';
comment on column public.verdict.specification is 'Name of the specification.';
comment on column public.verdict.value is 'Value; NaN when it could not be measured.';
comment on column public.verdict.operator is 'How the value must stand to the threshold.';
comment on column public.verdict.threshold is 'Threshold in the unit.';
comment on column public.verdict.unit is 'Unit of value and threshold.';
comment on column public.verdict.ok is 'Whether the value keeps the specification; NULL when it could not be measured.';
comment on column public.verdict.instrument is 'Instrument of the dataset.';
comment on column public.verdict.exposure is 'Exposure of the dataset.';
comment on column public.verdict.visit is 'Visit of the dataset.';
comment on column public.verdict.detector is 'Detector of the dataset.';
comment on column public.verdict.band is 'Band of the dataset.';
comment on column public.verdict.day_obs is 'Observing night, YYYYMMDD.';
comment on column public.verdict.dataset_type is 'Type of the dataset that is described.';
comment on column public.verdict.dataset_id is 'Dataset that is described.';
comment on column public.verdict.description is 'Why the specification is what it is.';
