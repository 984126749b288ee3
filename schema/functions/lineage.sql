-- Integer edges, indexed both ways: a recursive walk is enough, no closure table is kept.
create function registry.upstream(p_datasets bigint[]) returns table (dataset_id bigint, depth int)
language sql stable set search_path = pg_catalog as $$
  with recursive back (dataset_id, depth) as (
    select d, 0 from unnest(p_datasets) d
    union
    select i.dataset_id, b.depth + 1
    from back b join registry.dataset d on d.dataset_id = b.dataset_id join registry.quantum_input i on i.quantum_id = d.quantum_id
  )
  select b.dataset_id, min(b.depth) from back b group by 1
$$;
comment on function registry.upstream is 'Every dataset that these were made from, themselves included, with the shortest distance.';

-- Bad is what somebody marked, or what marked code or a marked configuration made. Descendants are not looked at here:
-- a replaced input gives them another hash.
create function registry.is_bad(p_dataset bigint) returns boolean
language sql stable set search_path = pg_catalog as $$
  -- Two questions, each by a key: asked of every mark in turn, a thousand marks took four milliseconds a dataset.
  select exists (
    select from registry.mark m where m.dataset_id = p_dataset and m.verdict = 'bad' and m.revoked_at is null
  ) or exists (
    select from registry.dataset d join registry.quantum q using (quantum_id)
    join registry.mark m on m.task_version_id = q.task_version_id or m.config_id = q.config_id
    where d.dataset_id = p_dataset and m.verdict = 'bad' and m.revoked_at is null)
$$;
comment on function registry.is_bad is 'Whether a dataset, its code or its configuration carries a bad mark.';
