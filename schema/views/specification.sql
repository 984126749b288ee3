create view public.specification as
select m.name as metric, s.name as specification, nullif(s.instrument, '') as instrument, nullif(s.band, '') as band,
       s.operator, s.threshold, m.unit, s.description, s.since
from quality.specification s join quality.metric m using (metric_id)
where s.until = 'infinity';
comment on view public.specification is 'What the values of metrics must be; what is in force now.';
comment on column public.specification.metric is 'Name of the metric.';
comment on column public.specification.specification is 'Name of the specification among those of the metric.';
comment on column public.specification.instrument is 'Instrument that it is for; NULL for all.';
comment on column public.specification.band is 'Band that it is for; NULL for all.';
comment on column public.specification.operator is 'How the value must stand to the threshold: <=, <, >= or >.';
comment on column public.specification.threshold is 'Threshold in the unit.';
comment on column public.specification.unit is 'Unit of metric and threshold.';
comment on column public.specification.description is 'Why it must be so.';
comment on column public.specification.since is 'When it came into force (UTC).';
