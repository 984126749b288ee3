-- visits: Visits, the latest first, with how good their images are: medians over detectors of the latest processing.
-- :param instrument text=null Instrument; all by default.
-- :param band text=null Band; all by default.
-- :param observation_type text=null Type of observation; all but biases, darks and flats by default.
-- :param first_night int=null First observing night, YYYYMMDD.
-- :param last_night int=null Last observing night, YYYYMMDD.
-- :param run text=null Run whose images are meant; the latest processing by default.
-- :param n int=500 How many.
with listed as (
  -- A visit may have several exposures.
  select x.instrument, x.visit, min(x.band) as band, min(x.day_obs) as day_obs, min(x.obs_start_mjd_tai) as obsstartmjd,
         sum(x.exp_time) as exptime
  from exposure x
  where (%(instrument)s::text is null or x.instrument = %(instrument)s)
    and (%(band)s::text is null or x.band = %(band)s)
    and (x.observation_type = %(observation_type)s::text
         or (%(observation_type)s::text is null and x.observation_type not in ('bias', 'dark', 'flat')))
    and (%(first_night)s::int4 is null or x.day_obs >= %(first_night)s)
    and (%(last_night)s::int4 is null or x.day_obs <= %(last_night)s)
  group by x.instrument, x.visit
  order by obsstartmjd desc nulls last, x.instrument, x.visit
  limit %(n)s::int8
), told as (
  select distinct on (v.instrument, v.visit) v.instrument, v.visit, v.airmass, v.target_name
  from visit v
  where v.visit in (select l.visit from listed l)
  order by v.instrument, v.visit, v.dataset_id
), image as (
  select distinct on (d.instrument, d.visit, d.detector) d.*
  from visit_detector d
  where d.visit in (select l.visit from listed l)
    and (%(run)s::text is null
         or exists (select from member m where m.collection = %(run)s and m.dataset_id = d.dataset_id))
  order by d.instrument, d.visit, d.detector, d.dataset_id desc
), flag as (
  select i.instrument, i.visit, string_agg(distinct f.flag, ' ' order by f.flag) as flags,
         count(distinct f.flag) as n_flags
  from image i
  cross join lateral (values
    (i.psf_flag_fewstars, 'psf_flag_fewStars'), (i.photometry_flag_fewstandards, 'photometry_flag_fewStandards'),
    (i.photometry_flag_fromheader, 'photometry_flag_fromHeader'),
    (i.astrometry_flag_fewstandards, 'astrometry_flag_fewStandards'),
    (i.astrometry_flag_noreference, 'astrometry_flag_noReference')) as f (up, flag)
  where f.up
  group by i.instrument, i.visit
), quality as (
  select i.instrument, i.visit, count(*) as n_detectors,
         percentile_cont(0.5) within group (order by i.seeing) filter (where i.seeing <> 'NaN') as seeing,
         percentile_cont(0.5) within group (order by i.zeropoint) filter (where i.zeropoint <> 'NaN') as zeropoint,
         percentile_cont(0.5) within group (order by i.maglim) filter (where i.maglim <> 'NaN') as maglim,
         percentile_cont(0.5) within group (order by i.astromoffsetmean) filter (where i.astromoffsetmean <> 'NaN') as astromoffsetmean,
         sum(i.nsource) as n_sources
  from image i
  group by i.instrument, i.visit
)
select l.instrument, l.visit, l.day_obs, l.band, t.target_name, l.exptime, t.airmass, coalesce(q.n_detectors, 0) as n_detectors,
       q.seeing, q.zeropoint, q.maglim, q.astromoffsetmean, q.n_sources, coalesce(f.n_flags, 0) as n_flags, coalesce(f.flags, '') as flags,
       l.obsstartmjd, timestamp '1858-11-17' + l.obsstartmjd * interval '1 day' as obs_start_tai
from listed l
left join told t on t.instrument = l.instrument and t.visit = l.visit
left join quality q on q.instrument = l.instrument and q.visit = l.visit
left join flag f on f.instrument = l.instrument and f.visit = l.visit
order by l.obsstartmjd desc nulls last, l.instrument, l.visit
