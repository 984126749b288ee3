-- visit_datasets: Datasets of one visit, the latest of each kind and detector first.
-- :param instrument text Instrument.
-- :param visit int Visit.
-- :param run text=null Run whose datasets are meant, and files from outside; every one by default.
select d.detector, d.dataset_type, d.dataset_id, d.task, d.n_rows, d.file_name, d.part, d.path, d.created_at,
       (select string_agg(m.collection, ' ' order by m.collection) from member m where m.dataset_id = d.dataset_id) as runs
from exposure x
-- `offset 0`: an exposure has few datasets, found by the index on its coordinates.
cross join lateral (select * from dataset where instrument = x.instrument and exposure = x.exposure offset 0) d
where x.instrument = %(instrument)s::text and x.visit = %(visit)s::int8
  and (%(run)s::text is null or d.task is null
       or exists (select from member m where m.collection = %(run)s and m.dataset_id = d.dataset_id offset 0))
order by d.detector, d.dataset_type, d.dataset_id desc
