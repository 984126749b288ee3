create view public.instrument as
select i.instrument, i.description,
       (select count(*) from registry.detector d where d.instrument = i.instrument) as n_detectors,
       (select count(*) from registry.exposure e where e.instrument = i.instrument) as n_exposures,
       i.created_at
from registry.instrument i;
comment on view public.instrument is 'Instruments that have sent files.';
comment on column public.instrument.instrument is 'Name of the instrument.';
comment on column public.instrument.description is 'Camera, telescope and site.';
comment on column public.instrument.n_detectors is 'Number of its detectors.';
comment on column public.instrument.n_exposures is 'Number of its registered exposures.';
comment on column public.instrument.created_at is 'When it was registered.';
