-- cone_search: Sources around a position, the nearest first.
-- :cone source
-- :param run text=null Run whose sources are meant; every processing by default.
select a.separation, s.ra, s.dec, s.band, s.psfflux, s.psffluxerr,
       case when s.psfflux > 0 and s.psfflux <> 'NaN' then 31.4 - 2.5 * log(s.psfflux) else 'NaN' end as magnitude,
       s.midpointmjdtai, s.instrument, s.visit, s.detector, s.psfflux_flag, s.sourceid, s.dataset_id
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
order by a.separation, s.dataset_id, s.sourceid
