create view public.visit_patch as
select v.instrument, v.visit, v.physical_filter, f.band, v.day_obs, p.skymap, p.tract, p.patch
from registry.patch p
join registry.visit_region r on r.ranges && p.ranges
join registry.visit v using (instrument, visit)
left join registry.physical_filter f using (instrument, physical_filter);
comment on view public.visit_patch is 'Visits and the patches that they overlap, as their dimension records say.';
comment on column public.visit_patch.instrument is 'Instrument.';
comment on column public.visit_patch.visit is 'Visit.';
comment on column public.visit_patch.physical_filter is 'Filter in the camera''s own words.';
comment on column public.visit_patch.band is 'Abstract band.';
comment on column public.visit_patch.day_obs is 'Observing night, YYYYMMDD.';
comment on column public.visit_patch.skymap is 'Skymap.';
comment on column public.visit_patch.tract is 'Tract.';
comment on column public.visit_patch.patch is 'Patch.';
