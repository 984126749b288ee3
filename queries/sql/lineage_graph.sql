-- lineage_graph: What a dataset was made from (side -1) and what was made of it (side 1), step by step.
-- :param dataset int Dataset, as in dataset.dataset_id.
-- :param depth int=12 Steps in either direction.
-- :param n int=400 Datasets in either direction; those of the fewest steps come first.
with recursive back (dataset_id, step) as (
  select %(dataset)s::int8, 0
  union
  select l.input_dataset_id, b.step + 1 from back b join lineage l on l.dataset_id = b.dataset_id
  where b.step < %(depth)s::int8
), onward (dataset_id, step) as (
  select %(dataset)s::int8, 0
  union
  select l.dataset_id, o.step + 1 from onward o join lineage l on l.input_dataset_id = o.dataset_id
  where o.step < %(depth)s::int8
), around as (
  -- Not sorted: the walk stops when there are enough.
  select b.dataset_id, -1 as side, b.step from (select * from back limit %(n)s::int8 + 1) b
  union all
  select o.dataset_id, 1, o.step from (select * from onward limit %(n)s::int8 + 1) o
), nearest as (
  select a.dataset_id, case when min(a.step) = 0 then 0 else min(a.side) end as side, min(a.step) as steps
  from around a group by a.dataset_id
)
select n.side, n.steps, d.dataset_id, d.dataset_type, d.instrument, d.exposure, d.visit, d.detector, d.band, d.healpix,
       d.task, d.n_rows, d.file_name, d.created_at,
       array(select distinct l.input_dataset_id from lineage l where l.dataset_id = n.dataset_id order by 1) as inputs
-- `offset 0`: the few datasets are looked up one by one.
from nearest n cross join lateral (select * from dataset where dataset_id = n.dataset_id offset 0) d
order by n.side, n.steps, d.dataset_type, d.dataset_id
