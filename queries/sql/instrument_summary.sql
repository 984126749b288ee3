-- instrument_summary: What each instrument has sent, and what was measured on it.
with sent as (
  select e.instrument, count(*) as n_exposures, string_agg(distinct e.band, ' ' order by e.band) as bands,
         min(e.day_obs) as first_night, max(e.day_obs) as last_night
  from exposure e
  group by e.instrument
), measured as (
  -- An image that several runs have measured counts once; so do its sources, those of the largest of its rows.
  select m.instrument, count(*) as n_images, sum(m.n_sources)::int8 as n_sources
  from (select v.instrument, v.visit, v.detector, max(v.nsource) as n_sources from visit_detector v group by 1, 2, 3) m
  group by m.instrument
)
select i.instrument, i.description, coalesce(s.n_exposures, 0) as n_exposures, s.bands, s.first_night, s.last_night,
       coalesce(m.n_images, 0) as n_images, coalesce(m.n_sources, 0) as n_sources
from instrument i
left join sent s using (instrument)
left join measured m using (instrument)
order by i.instrument
