-- light_curve: Brightness over time of what lies at a position, in order of time.
-- :cone source
-- :param run text=null Run whose sources are meant (the column run); by default every processing, so an image that was processed twice counts twice.
select s.midpointmjdtai as mjd_tai, s.band,
       case when s.psfflux > 0 and s.psfflux <> 'NaN' then 31.4 - 2.5 * log(s.psfflux) else 'NaN' end as magnitude,
       case when s.psfflux > 0 and s.psfflux <> 'NaN' then 2.5 / ln(10.0::float8) * s.psffluxerr / s.psfflux else 'NaN' end
         as magnitude_err,
       s.psfflux, s.psffluxerr, s.instrument, s.visit, s.detector, a.separation,
       concat_ws(' ',
         case when s.centroid_flag then 'centroid_flag' end,
         case when s.psfflux_flag then 'psfFlux_flag' end,
         case when s.pixelflags_bad then 'pixelFlags_bad' end,
         case when s.pixelflags_cr then 'pixelFlags_cr' end,
         case when s.pixelflags_edge then 'pixelFlags_edge' end,
         case when s.pixelflags_interpolated then 'pixelFlags_interpolated' end,
         case when s.pixelflags_nodata then 'pixelFlags_nodata' end,
         case when s.pixelflags_saturated then 'pixelFlags_saturated' end,
         case when s.pixelflags_suspect then 'pixelFlags_suspect' end) as flags,
       s.sourceid, s.dataset_id,
       -- Without a choice: the run that brought it, not those that took it over.
       coalesce(%(run)s, (
         select m.collection from member m where m.dataset_id = s.dataset_id and m.kind = 'run' order by m.since, m.collection limit 1
       )) as run
-- `offset 0` keeps the planner from turning this into a join: each range is one look into the index of each load that the
-- cone touches.
from unnest(%(low)s::int8[], %(high)s::int8[]) as r (low, high)
cross join lateral (
  select * from source
  where _healpix_29 >= r.low and _healpix_29 < r.high
    and (%(loads)s::int8[] is null or load_id = any(%(loads)s::int8[])) offset 0) s
cross join lateral (
  select 7200 * degrees(asin(sqrt(least(1, power(sin(radians(s.dec - %(dec)s::float8) / 2), 2)
    + cos(radians(s.dec)) * cos(radians(%(dec)s::float8)) * power(sin(radians(s.ra - %(ra)s::float8) / 2), 2))))) as separation
) a
where a.separation <= 3600 * %(radius)s::float8
  and (%(run)s::text is null
       or exists (select from member m where m.collection = %(run)s and m.dataset_id = s.dataset_id offset 0))
order by s.midpointmjdtai, s.instrument, s.detector, s.sourceid, s.dataset_id
