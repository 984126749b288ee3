create view public.taint as
select v.verdict, w.dataset_id, w.depth = 0 as marked
from (
  select r.verdict, array_agg(r.dataset_id) as roots
  from (
    select m.verdict, m.dataset_id from registry.mark m where m.dataset_id is not null and m.revoked_at is null
    union all
    -- What marked code or a marked configuration made; quanta are found by their indexes, datasets by their quanta.
    select m.verdict, d.dataset_id
    from registry.mark m
    cross join lateral (
      select q.quantum_id from registry.quantum q where q.task_version_id = m.task_version_id
      union all
      select q.quantum_id from registry.quantum q where q.config_id = m.config_id
    ) q
    join registry.dataset d using (quantum_id)
    where m.dataset_id is null and m.revoked_at is null
  ) r
  group by r.verdict
) v
cross join lateral registry.downstream(v.roots) w;
comment on view public.taint is
'Datasets that carry a mark that holds, or were made from one that does; the marks are the cause, this follows from them.';
comment on column public.taint.verdict is 'bad, suspect or superseded.';
comment on column public.taint.dataset_id is 'Dataset.';
comment on column public.taint.marked is 'Whether the mark is on the dataset, its code or its configuration; else on an ancestor.';
