-- visit_runs: Runs that have processed a visit, the newest first.
-- :param instrument text Instrument.
-- :param visit int Visit.
select r.run, r.created_at, count(*) as n_datasets
from exposure x
-- `offset 0`: an exposure has few datasets, found by the index on its coordinates.
cross join lateral (select * from dataset where instrument = x.instrument and exposure = x.exposure offset 0) d
join member m on m.dataset_id = d.dataset_id
join run r on r.run = m.collection
where x.instrument = %(instrument)s::text and x.visit = %(visit)s::int8 and d.task is not null
group by r.run, r.run_id, r.created_at
order by r.created_at desc, r.run_id desc
