-- instruments_and_bands: Which bands each instrument has visits in, and between which nights.
select x.instrument, x.band, count(*) as n_visits, min(x.day_obs) as first_night, max(x.day_obs) as last_night
from exposure x
group by x.instrument, x.band
order by x.instrument, x.band
