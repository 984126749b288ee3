-- member: What the run holds. Files from outside stay where planners look for them: in the runs that ingest filled.
-- export
select c.name as collection, r.pipeline, c.doc, d.uid, m.how
from registry.member m join registry.collection c using (collection_id)
join registry.run r on r.run_id = c.collection_id join registry.dataset d using (dataset_id)
where m.until = 'infinity' and m.dataset_id = any(%(datasets)s)
  and (m.collection_id = %(run)s or r.pipeline = 'ingest') order by 1, 4
-- columns
collection text, pipeline text, doc text, uid uuid, how text
-- take
insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how)
select c.collection_id, d.dataset_type_id, d.coordinate_id, d.dataset_id, x.how
from x join registry.collection c on c.name = x.collection join registry.dataset d using (uid) order by 1, 2, 3
on conflict (collection_id, dataset_type_id, coordinate_id) where until = 'infinity' do nothing
