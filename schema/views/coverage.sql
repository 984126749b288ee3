create view public.coverage as
select r.coordinate_id, r.ranges from registry.region r
union all
-- A data ID without a footprint of its own lies where those of its exposure or visit do: of its detector, or of any.
select c.coordinate_id, r.ranges
from registry.region r
join registry.coordinate f using (coordinate_id)
join registry.coordinate c on c.instrument = f.instrument and c.exposure = f.exposure
  and (c.detector is null or c.detector = f.detector)
where c.tract is null and not exists (select from registry.region o where o.coordinate_id = c.coordinate_id)
union all
select c.coordinate_id, r.ranges
from registry.region r
join registry.coordinate f using (coordinate_id)
left join registry.exposure e on e.instrument = f.instrument and e.exposure = f.exposure
join registry.coordinate c on c.instrument = f.instrument and c.visit = coalesce(f.visit, e.visit)
  and (c.detector is null or c.detector = f.detector)
where c.exposure is null and c.tract is null
  and not exists (select from registry.region o where o.coordinate_id = c.coordinate_id)
union all
-- Where no file has come yet, dimension records say it.
select c.coordinate_id, v.ranges
from registry.visit_detector_region v
join registry.coordinate c on c.instrument = v.instrument and c.visit = v.visit
  and (c.detector is null or c.detector = v.detector)
where c.tract is null and not exists (select from registry.region o where o.coordinate_id = c.coordinate_id)
union all
select c.coordinate_id, v.ranges
from registry.visit_region v
join registry.coordinate c on c.instrument = v.instrument and c.visit = v.visit
where c.detector is null and c.tract is null
  and not exists (select from registry.region o where o.coordinate_id = c.coordinate_id)
union all
-- Data IDs of raw frames hold the exposure alone: what is known of its visit counts.
select c.coordinate_id, v.ranges
from registry.visit_detector_region v
join registry.exposure e on e.instrument = v.instrument and e.visit = v.visit
join registry.coordinate c on c.instrument = e.instrument and c.exposure = e.exposure
  and (c.detector is null or c.detector = v.detector)
where c.visit is null and c.tract is null
  and not exists (select from registry.region o where o.coordinate_id = c.coordinate_id)
union all
select c.coordinate_id, v.ranges
from registry.visit_region v
join registry.exposure e on e.instrument = v.instrument and e.visit = v.visit
join registry.coordinate c on c.instrument = e.instrument and c.exposure = e.exposure
where c.visit is null and c.detector is null and c.tract is null
  and not exists (select from registry.region o where o.coordinate_id = c.coordinate_id)
union all
select c.coordinate_id, p.ranges
from registry.patch p
join registry.coordinate c on c.skymap = p.skymap and c.tract = p.tract and c.patch = p.patch
where c.tract is not null and not exists (select from registry.region o where o.coordinate_id = c.coordinate_id)
union all
select c.coordinate_id, t.ranges
from registry.tract t
join registry.coordinate c on c.skymap = t.skymap and c.tract = t.tract
where c.patch is null and c.tract is not null
  and not exists (select from registry.region o where o.coordinate_id = c.coordinate_id)
union all
-- A cell 4 * 4^order + pixel has 2 * order + 3 or 2 * order + 4 binary digits.
select c.coordinate_id, int8multirange(int8range(x.pixel << x.finer, (x.pixel + 1) << x.finer))
from registry.coordinate c
cross join lateral (
  select (length(ltrim(c.healpix::bit(64)::text, '0')) - 3) / 2 as cell_order) o
cross join lateral (
  select c.healpix - (4::int8 << (2 * o.cell_order)) as pixel, 2 * (29 - o.cell_order) as finer) x
where c.healpix is not null and not exists (select from registry.region o where o.coordinate_id = c.coordinate_id);
comment on view public.coverage is
'Where on the sky each data ID lies: its own footprint; else that of its exposure, visit, patch, tract or HEALPix cell.';
comment on column public.coverage.coordinate_id is 'Key of the data ID.';
comment on column public.coverage.ranges is 'Nested HEALPix pixels of order 29; several rows are parts or versions of one place.';
