-- reference_density: How densely reference stars stand on the sky, pixel by pixel.
-- :param catalog text=null Reference catalog, e.g. gaia_dr2; all, each by itself, by default.
-- :param order int=5 HEALPix order of the pixels from 0 (58.6 degrees) to 29; 5 is 1.8 degrees.
with counted as (
  select catalog, _healpix_29 >> 2 * (29 - %(order)s::int) as pixel, count(*) as n_stars
  from reference_star
  where %(order)s::int between 0 and 29 and (%(catalog)s::text is null or catalog = %(catalog)s)
  group by 1, 2
),
-- From here on: where a nested pixel lies (Gorski et al. 2005, ApJ 622, 759). A base pixel has n by n pixels; the bits of
-- x (to the north-east) and y (to the north-west) alternate in the pixel's number.
placed as (
  select distinct c.pixel, 1::int8 << %(order)s::int as n, (c.pixel >> 2 * %(order)s::int)::int as base, b.x, b.y
  from counted c cross join lateral (
    select coalesce(sum(((c.pixel >> 2 * i) & 1) << i), 0)::int8 as x, coalesce(sum(((c.pixel >> (2 * i + 1)) & 1) << i), 0)::int8 as y
    from generate_series(0, %(order)s::int - 1) as i
  ) b
),
-- Rings are counted from the north pole; base pixels stand in three rows of four.
ringed as (
  select *, (base / 4 + 2) * n - x - y - 1 as ring from placed
),
shaped as (
  select *, least(n, ring, 4 * n - ring) as across,
         case when ring < n or ring > 3 * n then 0 else (ring - n) & 1 end as shift
  from ringed
),
centred as (
  select *, case when ring < n then 1 - (across::float8 / n) ^ 2 / 3
                 when ring > 3 * n then (across::float8 / n) ^ 2 / 3 - 1
                 else (2 * n - ring) * 2 / (3.0::float8 * n) end as z,
         ((2 * mod(base, 4) + case when base / 4 = 1 then 0 else 1 end) * across + x - y + 1 + shift) / 2 as place
  from shaped
)
select c.catalog, c.pixel,
       a.ra - 360 * floor(a.ra / 360) as ra, asind(p.z) as dec, c.n_stars,
       c.n_stars / (41252.96124941927 / (12 * p.n * p.n)) as stars_per_deg2
from counted c join centred p using (pixel)
cross join lateral (select (p.place - (p.shift + 1) / 2.0::float8) * 90 / p.across as ra) a
order by c.catalog, c.pixel
