create view public.exposure as
select e.instrument, e.exposure, e.visit, e.physical_filter, f.band, e.day_obs, e.obs_start_mjd_tai, e.exp_time,
       e.observation_type
from registry.exposure e left join registry.physical_filter f using (instrument, physical_filter);
comment on view public.exposure is 'Exposures.';
comment on column public.exposure.instrument is 'Instrument.';
comment on column public.exposure.exposure is 'Exposure id, unique per instrument.';
comment on column public.exposure.visit is 'Visit that it belongs to.';
comment on column public.exposure.physical_filter is 'Filter in the camera''s own words; NULL where nobody knows.';
comment on column public.exposure.band is 'Abstract band; NULL where nobody knows.';
comment on column public.exposure.day_obs is 'Observing night, YYYYMMDD; NULL where nobody knows.';
comment on column public.exposure.obs_start_mjd_tai is 'Opening of the shutter, MJD (TAI) [d]; NULL where nobody knows.';
comment on column public.exposure.exp_time is 'Exposure time [s]; NULL where nobody knows.';
comment on column public.exposure.observation_type is 'What was taken: science, bias, dark, flat, or another type as the header says; unknown where it says none; NULL where nobody was asked, as before revision 0004: that counts as science.';
