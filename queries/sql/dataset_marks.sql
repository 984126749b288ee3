-- dataset_marks: Marks that hold for a dataset or for anything that it was made from, the nearest first.
-- :param dataset int Dataset, as in dataset.dataset_id.
with recursive back (dataset_id, steps) as (
  select %(dataset)s::int8, 0
  union
  select l.input_dataset_id, b.steps + 1 from back b join lineage l on l.dataset_id = b.dataset_id
), nearest as (
  select b.dataset_id, min(b.steps) as steps from back b group by b.dataset_id
)
select n.steps, m.verdict, m.reason,
       case when m.dataset_id is not null then 'dataset' when m.task is not null then 'code' else 'configuration' end as marked,
       m.author, m.created_at, d.dataset_id, d.dataset_type, d.task
from nearest n
cross join lateral (select * from dataset where dataset_id = n.dataset_id offset 0) d
join mark m on m.dataset_id = d.dataset_id or m.task = d.task and m.code_digest = d.code_digest or m.config = d.config
where m.revoked_at is null
order by n.steps, m.created_at, m.mark_id
