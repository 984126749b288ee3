create view public.header_correction as
select d.dataset_id, y.name as dataset_type, c.instrument, c.exposure, c.detector, o.file_name, x.keyword,
       x.header_value #>> '{}' as header_value, x.value #>> '{}' as value, x.reason
from registry.origin o
join registry.dataset d using (dataset_id)
join registry.dataset_type y using (dataset_type_id)
join registry.coordinate c using (coordinate_id)
cross join lateral jsonb_to_recordset(o.correction) as x (keyword text, header_value jsonb, value jsonb, reason text);
comment on view public.header_correction is 'What header corrections changed of what raw files say about themselves: one row per file and keyword.';
comment on column public.header_correction.dataset_id is 'Dataset that the file became.';
comment on column public.header_correction.dataset_type is 'Dataset type, e.g. raw_image.';
comment on column public.header_correction.instrument is 'Instrument.';
comment on column public.header_correction.exposure is 'Exposure.';
comment on column public.header_correction.detector is 'Detector.';
comment on column public.header_correction.file_name is 'Name of the file as it came.';
comment on column public.header_correction.keyword is 'Keyword.';
comment on column public.header_correction.header_value is 'What the file says; NULL where it says nothing.';
comment on column public.header_correction.value is 'What was taken instead; NULL where nobody knows.';
comment on column public.header_correction.reason is 'Why, and who says so.';
