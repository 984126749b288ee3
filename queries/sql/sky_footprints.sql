-- sky_footprints: Corners and depth of the calibrated images whose centers lie around a position, the shallowest first.
-- :cone
-- :param instrument text=null Instrument; all by default.
-- :param band text=null Band; all by default.
-- :param run text=null Run whose images are meant; the latest processing of each image by default.
-- :param n int=2000 How many.
with latest as (
  select distinct on (v.instrument, v.visit, v.detector) v.*
  -- `offset 0`: each range is one look into the index.
  from unnest(%(low)s::int8[], %(high)s::int8[]) as r (low, high)
  cross join lateral (select * from visit_detector where _healpix_29 >= r.low and _healpix_29 < r.high offset 0) v
  where 2 * degrees(asin(sqrt(least(1, power(sin(radians(v.dec - %(dec)s::float8) / 2), 2)
          + cos(radians(v.dec)) * cos(radians(%(dec)s::float8)) * power(sin(radians(v.ra - %(ra)s::float8) / 2), 2)))))
        <= %(radius)s::float8
    and (%(instrument)s::text is null or v.instrument = %(instrument)s)
    and (%(band)s::text is null or v.band = %(band)s)
    and (%(run)s::text is null
         or exists (select from member m where m.collection = %(run)s and m.dataset_id = v.dataset_id))
  order by v.instrument, v.visit, v.detector, v.dataset_id desc
)
select v.instrument, v.visit, v.detector, v.band, v.maglim, v.seeing, v.ra, v.dec, v.llcra, v.llcdec, v.ulcra, v.ulcdec, v.urcra,
       v.urcdec, v.lrcra, v.lrcdec, v.dataset_id
from latest v
-- Drawn in this order, deeper images lie on top.
order by nullif(v.maglim, 'NaN') nulls first, v.instrument, v.visit, v.detector, v.dataset_id
limit %(n)s::int8
