create view public.footprint as
select r.dataset_id, r.coordinate_id, r.ranges from registry.region r;
comment on view public.footprint is 'Where on the sky data IDs lie, as some dataset says.';
comment on column public.footprint.dataset_id is 'Dataset whose WCS or rows say so.';
comment on column public.footprint.coordinate_id is 'Key of the data ID.';
comment on column public.footprint.ranges is 'Nested HEALPix pixels of order 29.';
