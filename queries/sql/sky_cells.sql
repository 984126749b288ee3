-- sky_cells: Where on the sky there are calibrated images, how many, and how deep, by HEALPix cell.
-- :param instrument text=null Instrument; all by default.
-- :param band text=null Band; all by default.
-- :param run text=null Run whose images are meant; every processing by default.
-- :param order int=5 Order of the cells: 5 is 1.8 degrees, one more is half of that.
select v._healpix_29 >> 2 * (29 - %(order)s::int4) as cell, count(distinct (v.instrument, v.visit)) as n_visits,
       count(distinct (v.instrument, v.visit, v.detector)) as n_images,
       max(v.maglim) filter (where v.maglim <> 'NaN') as maglim, avg(v.ra::numeric)::float8 as ra, avg(v.dec::numeric)::float8 as dec,
       string_agg(distinct v.instrument, ' ' order by v.instrument) as instruments,
       string_agg(distinct v.band, ' ' order by v.band) as bands
from visit_detector v
where v._healpix_29 >= 0
  and (%(instrument)s::text is null or v.instrument = %(instrument)s)
  and (%(band)s::text is null or v.band = %(band)s)
  and (%(run)s::text is null
       or exists (select from member m where m.collection = %(run)s and m.dataset_id = v.dataset_id))
group by 1
order by n_images desc, cell
