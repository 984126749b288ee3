create view public.patch as
select p.skymap, p.tract, p.patch, p.cell_x, p.cell_y, p.ranges from registry.patch p;
comment on view public.patch is 'Patches of the tracts of skymaps.';
comment on column public.patch.skymap is 'Skymap.';
comment on column public.patch.tract is 'Tract.';
comment on column public.patch.patch is 'Number of the patch in its tract.';
comment on column public.patch.cell_x is 'Column of the patch in the grid of its tract.';
comment on column public.patch.cell_y is 'Row of the patch in the grid of its tract.';
comment on column public.patch.ranges is 'Footprint as ranges of nested HEALPix pixels of order 29.';
