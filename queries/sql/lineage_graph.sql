-- lineage_graph: What a dataset was made from (side -1) and what was made of it (side 1), step by step, with what taints it.
-- :param dataset int Dataset, as in dataset.dataset_id.
-- :param depth int=12 Steps in either direction.
-- :param n int=400 Datasets in either direction; those of the fewest steps come first.
-- :param opened text=null Datasets, with commas between them, whose own inputs and products are given as well.
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
), opened (dataset_id) as (
  select o::int8 from unnest(string_to_array(%(opened)s::text, ',')) o
), around as (
  -- Not sorted: the walk stops when there are enough.
  select b.dataset_id, -1 as side, b.step from (select * from back limit %(n)s::int8 + 1) b
  union all
  select o.dataset_id, 1, o.step from (select * from onward limit %(n)s::int8 + 1) o
  union all
  select x.dataset_id, 1, %(depth)s::int8 + 1
  from opened o cross join lateral (
    select o.dataset_id
    union all
    (select l.input_dataset_id from lineage l where l.dataset_id = o.dataset_id limit %(n)s::int8)
    union all
    (select l.dataset_id from lineage l where l.input_dataset_id = o.dataset_id limit %(n)s::int8)
  ) x
), nearest as (
  select a.dataset_id, case when min(a.step) = 0 then 0 else min(a.side) end as side, min(a.step) as steps
  from around a group by a.dataset_id
), tainted as materialized (
  select t.dataset_id, string_agg(t.verdict, ' ' order by t.verdict) as taint, bool_or(t.marked) as marked
  from registry.taint_of(array(select n.dataset_id from nearest n)) t group by t.dataset_id
)
select n.side, n.steps, d.dataset_id, d.dataset_type, d.instrument, d.exposure, d.visit, d.detector, d.band, d.physical_filter,
       d.skymap, d.tract, d.patch, d.healpix, d.task, d.n_rows, d.file_name, d.created_at, t.taint, coalesce(t.marked, false) as marked,
       array(select distinct l.input_dataset_id from lineage l where l.dataset_id = n.dataset_id order by 1) as inputs,
       -- Whether there is more to be seen than is given.
       (select count(*) from (select from lineage l where l.input_dataset_id = n.dataset_id limit %(n)s::int8) x) as n_uses
-- `offset 0`: the few datasets are looked up one by one.
from nearest n cross join lateral (select * from dataset where dataset_id = n.dataset_id offset 0) d
left join tainted t on t.dataset_id = n.dataset_id
order by n.side, n.steps, d.dataset_type, d.dataset_id
