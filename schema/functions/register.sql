-- What finished units made, whole sets at a time. Two that register the same wait for each other in the order of the keys, never
-- in a circle. One plan, made once: every step is a look into an index, whatever the statistics say, and joins go as they are
-- written: in a ledger that was empty at first, the plan began with all the measurements.
create function registry.register(p_units bigint[], p_actions bytea[], p_outputs json) returns void
language plpgsql set search_path = pg_catalog
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set join_collapse_limit = 1
as $$
begin
  -- Without a path of its own an output is that of the quantum which is taken over.
  with given as materialized (
    select g.*, coalesce(g.content, o.content_digest) as digest, coalesce(g.n_rows, o.n_rows) as n
    from json_to_recordset(p_outputs) as g (
      unit bigint, execution bigint, name text, type text, uid uuid, content bytea, n_rows bigint, path text, file bytea,
      n_bytes bigint, reuses bigint)
    left join registry.dataset o on o.quantum_id = g.reuses and o.output_name = g.name
    where g.reuses is null or o.dataset_id is not null
  ), stored as (
    insert into registry.artifact (content_digest, path, file_digest, n_bytes)
    select g.content, g.path, g.file, g.n_bytes from given g where g.path is not null order by g.path
    on conflict do nothing
  )
  insert into registry.dataset (
    uid, dataset_type_id, coordinate_id, quantum_id, output_name, execution_id, content_digest, n_rows)
  select g.uid, t.dataset_type_id, q.coordinate_id, q.quantum_id, g.name, g.execution, g.digest, g.n
  from given g join work.unit u on u.unit_id = g.unit join registry.quantum q on q.quantum_id = u.quantum_id
  left join registry.dataset_type t on t.name = g.type  -- an unknown one is refused, for it would be NULL
  order by q.quantum_id, g.name
  on conflict do nothing;
  with known as materialized (
    select d.*, u.run_id, g.execution, coalesce(g.content, o.content_digest) as content, g.reuses, g.metrics
    from json_to_recordset(p_outputs) as g (
      unit bigint, execution bigint, name text, content bytea, reuses bigint, metrics json)
    join work.unit u on u.unit_id = g.unit
    join registry.dataset d on d.quantum_id = u.quantum_id and d.output_name = g.name
    left join registry.dataset o on o.quantum_id = g.reuses and o.output_name = g.name
  ), differing as (
    -- The first content of a quantum stays, and it is said when another one came.
    insert into registry.nondeterminism (quantum_id, output_name, execution_id, expected, got)
    select k.quantum_id, k.output_name, k.execution, k.content_digest, k.content
    from known k where k.content <> k.content_digest order by k.quantum_id, k.output_name
  ), measured as (
    insert into quality.measurement (metric_id, dataset_id, value)
    select m.metric_id, k.dataset_id, x.value::float8
    from known k cross join lateral json_each_text(k.metrics) x (name, value) left join quality.metric m on m.name = x.name
    union all
    select x.metric_id, k.dataset_id, x.value
    from known k join registry.dataset o on o.quantum_id = k.reuses and o.output_name = k.output_name
    join quality.measurement x on x.dataset_id = o.dataset_id
    order by 1, 2
    on conflict do nothing
  )
  insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how)
  select k.run_id, k.dataset_type_id, k.coordinate_id, k.dataset_id,
         case when k.reuses is null then 'computed' else 'reused' end
  from known k order by k.run_id, k.dataset_type_id, k.coordinate_id
  on conflict (collection_id, dataset_type_id, coordinate_id) where until = 'infinity' do nothing;
  -- What was planned becomes what was read; inputs that never came to be are left out.
  insert into registry.quantum_input (quantum_id, role_id, ordinal, dataset_id)
  select u.quantum_id, i.role_id, i.ordinal, d.dataset_id
  from work.unit u join work.unit_input i using (unit_id) join registry.dataset d on d.uid = i.dataset_uid
  where u.unit_id = any(p_units)
  order by u.quantum_id, i.role_id, i.ordinal
  on conflict do nothing;
  insert into registry.action (action_key, quantum_id)
  select x.action, u.quantum_id
  from unnest(p_units, p_actions) x (unit, action) join work.unit u on u.unit_id = x.unit
  where x.action is not null order by x.action
  on conflict (action_key) do nothing;
end $$;
comment on function registry.register is 'Register what settled units made: datasets, artifacts, metrics, members, what was read, and the recipes that are known now.';
