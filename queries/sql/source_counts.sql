-- source_counts: Number of sources by half magnitude and band; flagged fluxes are left out.
-- :param instrument text=null Instrument; all by default.
-- :param run text=null Run whose sources are meant; every processing by default.
select s.band, floor(2 * (31.4 - 2.5 * log(s.psfflux))) / 2 as magnitude_from, count(*) as n_sources,
       count(distinct (s.instrument, s.visit)) as n_visits
from source s
-- NaN is greater than 0 in PostgreSQL.
where s.psfflux > 0 and s.psfflux <> 'NaN' and not s.psfflux_flag
  and (%(instrument)s::text is null or s.instrument = %(instrument)s)
  and (%(run)s::text is null
       or exists (select from member m where m.collection = %(run)s and m.dataset_id = s.dataset_id))
group by 1, 2
order by 1, 2
