-- sky_pointings: Where telescopes were pointed, in squares of one degree, measured or not.
-- :param instrument text=null Instrument; all by default.
-- :param band text=null Band; all by default.
-- :param observation_type text=null Type of observation; all but biases, darks and flats by default.
select v.instrument, round(v.ra)::float8 as ra, round(v.dec)::float8 as dec, count(*) as n_visits,
       string_agg(distinct v.band, ' ' order by v.band) as bands
from visit v
where v.ra <> 'NaN' and (%(instrument)s::text is null or v.instrument = %(instrument)s)
  and (%(band)s::text is null or v.band = %(band)s)
  and exists (select from exposure x
              where x.instrument = v.instrument and x.visit = v.visit
                and (x.observation_type = %(observation_type)s::text
                     or (%(observation_type)s::text is null and x.observation_type not in ('bias', 'dark', 'flat'))))
group by v.instrument, round(v.ra), round(v.dec)
order by n_visits desc, v.instrument, ra, dec
