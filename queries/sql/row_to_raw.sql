-- row_to_raw: From one row of the source catalog to every file, task, code and configuration behind it.
-- :param source_id int Source, as in source.sourceId.
-- :param instrument text Instrument of the source.
-- :param run text=null Run whose row is meant, when several have it; the latest by default.
with recursive chosen as (
  select max(s.dataset_id) as dataset_id
  from source s
  where s.sourceid = %(source_id)s::int8 and s.instrument = %(instrument)s::text
    and (%(run)s::text is null
         or exists (select from member m where m.collection = %(run)s and m.dataset_id = s.dataset_id))
), back (dataset_id, depth) as (
  select c.dataset_id, 0 from chosen c where c.dataset_id is not null
  union
  select l.input_dataset_id, b.depth + 1 from back b join lineage l on l.dataset_id = b.dataset_id
), nearest as (
  select b.dataset_id, min(b.depth) as depth from back b group by b.dataset_id
)
select n.depth, d.dataset_type, d.file_name, d.part, d.task, d.instrument, d.exposure, d.detector, d.dataset_id, d.path,
       d.git_commit, d.git_dirty, d.uid, d.code_digest, d.content_digest, d.config
-- `offset 0`: the few datasets are looked up one by one.
from nearest n cross join lateral (select * from dataset where dataset_id = n.dataset_id offset 0) d
order by n.depth, d.dataset_type, d.dataset_id
