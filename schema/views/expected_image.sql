create view public.expected_image as
select r.instrument, r.visit, e.exposure, r.detector, e.physical_filter, f.band, e.day_obs, e.exp_time, r.ranges
from registry.visit_detector_region r
join registry.exposure e using (instrument, visit)
left join registry.physical_filter f using (instrument, physical_filter);
comment on view public.expected_image is 'Detector images that dimension records tell of, whether a file of them is there or not.';
comment on column public.expected_image.instrument is 'Instrument.';
comment on column public.expected_image.visit is 'Visit.';
comment on column public.expected_image.exposure is 'Exposure of that visit.';
comment on column public.expected_image.detector is 'Detector.';
comment on column public.expected_image.physical_filter is 'Filter in the camera''s own words.';
comment on column public.expected_image.band is 'Abstract band.';
comment on column public.expected_image.day_obs is 'Observing night, YYYYMMDD.';
comment on column public.expected_image.exp_time is 'Exposure time [s].';
comment on column public.expected_image.ranges is 'Footprint as ranges of nested HEALPix pixels of order 29.';
