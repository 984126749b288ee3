-- visit_facts: One visit: when, for how long, through which filter, and where to; its exposures taken together.
-- :param instrument text Instrument.
-- :param visit int Visit.
with taken as (
  select x.instrument, x.visit, min(x.physical_filter) as physical_filter, min(x.band) as band, min(x.day_obs) as day_obs,
         min(x.obs_start_mjd_tai) as obs_start_mjd_tai, sum(x.exp_time) as exp_time, count(*) as n_exposures
  from exposure x
  where x.instrument = %(instrument)s::text and x.visit = %(visit)s::int8
  group by x.instrument, x.visit
)
select t.*, timestamp '1858-11-17' + t.obs_start_mjd_tai * interval '1 day' as obs_start_tai, v.ra, v.dec, v.airmass,
       v.target_name, v.science_program, v.dataset_id
from taken t left join visit v on v.instrument = t.instrument and v.visit = t.visit
order by v.dataset_id
limit 1
