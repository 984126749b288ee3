-- sky_pointings: Where telescopes were pointed, in squares of one degree, measured or not.
-- :param instrument text=null Instrument; all by default.
-- :param band text=null Band; all by default.
select v.instrument, round(v.ra)::float8 as ra, round(v.dec)::float8 as dec, count(*) as n_visits,
       string_agg(distinct v.band, ' ' order by v.band) as bands
from visit v
where v.ra <> 'NaN' and (%(instrument)s::text is null or v.instrument = %(instrument)s)
  and (%(band)s::text is null or v.band = %(band)s)
group by v.instrument, round(v.ra), round(v.dec)
order by n_visits desc, v.instrument, ra, dec
