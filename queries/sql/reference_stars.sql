-- reference_stars: Reference stars around a position, moved to an epoch, the nearest first.
-- :cone reference_star
-- :param catalog text=null Reference catalog, e.g. gaia_dr2; all by default.
-- :param mjd float=null Epoch wanted, MJD in TAI; the epoch of each catalog by default.
select a.separation, s.catalog, s.refstarid, p.ra, p.dec, e.mjd as epoch_mjd_tai, s.pmra, s.pmdec,
       s.ra as catalog_ra, s.dec as catalog_dec, s.epochmjdtai, s.gmag, s.bpmag, s.rpmag, s.uabmag, s.gabmag, s.rabmag,
       s.iabmag, s.zabmag, s.yabmag, s.btmag, s.vtmag, s.isresolved, s.dataset_id
from unnest(%(low)s::int8[], %(high)s::int8[]) as r (low, high)
-- `offset 0` keeps the planner from turning this into a join: each range is one look into the index. The ranges are of
-- the cone where the catalogs put the stars: one that has moved out of it is dropped, one that has moved in is not found.
cross join lateral (
  select * from reference_star
  where _healpix_29 >= r.low and _healpix_29 < r.high
    and (%(loads)s::int8[] is null or load_id = any(%(loads)s::int8[])) offset 0) s
cross join lateral (
  select coalesce(%(mjd)s::float8, s.epochmjdtai) as mjd,
         -- Radians that the star moved along right ascension and declination; a motion that nobody measured counts as 0.
         coalesce(nullif(s.pmra, 'NaN'), 0) * x.years / 206264806.24709636 as east,
         coalesce(nullif(s.pmdec, 'NaN'), 0) * x.years / 206264806.24709636 as north
  from (select (coalesce(%(mjd)s::float8, s.epochmjdtai) - s.epochmjdtai) / 365.25 as years) x
) e
-- Along a straight line in space, without its part along the sight: east and north at the old position are added to the
-- unit vector. (A motion along a great circle, not along the parallel: it holds next to the poles, too.)
cross join lateral (
  select cosd(s.dec) * cosd(s.ra) - e.east * sind(s.ra) - e.north * sind(s.dec) * cosd(s.ra) as x,
         cosd(s.dec) * sind(s.ra) + e.east * cosd(s.ra) - e.north * sind(s.dec) * sind(s.ra) as y,
         sind(s.dec) + e.north * cosd(s.dec) as z
) v
cross join lateral (
  select case when s.epochmjdtai = e.mjd then s.ra when v.y < 0 then atan2d(v.y, v.x) + 360 else atan2d(v.y, v.x) end as ra,
         case when s.epochmjdtai = e.mjd then s.dec else atan2d(v.z, sqrt(v.x * v.x + v.y * v.y)) end as dec
) p
cross join lateral (
  select 7200 * degrees(asin(sqrt(least(1, power(sin(radians(p.dec - %(dec)s::float8) / 2), 2)
    + cos(radians(p.dec)) * cos(radians(%(dec)s::float8)) * power(sin(radians(p.ra - %(ra)s::float8) / 2), 2))))) as separation
) a
where a.separation <= 3600 * %(radius)s::float8
  and (%(catalog)s::text is null or s.catalog = %(catalog)s)
order by a.separation, s.catalog, s.refstarid
