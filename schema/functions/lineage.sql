-- Integer edges, indexed both ways: a walk level by level is enough, no closure table is kept. Each dataset is met once, however
-- many ways lead to it. A level is an array, which PostgreSQL looks up in the order of the index: with 10^7 edges this gives 200,000
-- descendants in 0.5 s, where a nested loop over the same takes 1.6 s and a recursive query 1.4 s. For such arrays it would rather
-- read the whole table, which takes longer than the looks into the index do. The index leaves out what an array has twice: to make
-- it distinct before, and to sort in files, took more than half of the time.
-- Readers may walk: they learn keys and distances, the views tell them the rest. Hence security definer.
create function registry.upstream(p_datasets bigint[], p_depth int default null) returns table (dataset_id bigint, depth int)
language plpgsql stable security definer set search_path = pg_catalog set enable_seqscan = off set work_mem = '64MB' as $$
declare
  front bigint[] := array(select distinct d from unnest(p_datasets) d);
  seen bigint[] := front;
  quanta bigint[];
  step int := 0;
begin
  while cardinality(front) > 0 loop
    return query select unnest(front), step;
    exit when step = p_depth;
    step := step + 1;
    quanta := array(
      select d.quantum_id from registry.dataset d where d.dataset_id = any(front) and d.quantum_id is not null);
    front := array(
      select i.dataset_id from registry.quantum_input i where i.quantum_id = any(quanta) except select unnest(seen));
    seen := seen || front;
  end loop;
end $$;
comment on function registry.upstream is
'Every dataset that these were made from, themselves included, with the shortest distance; no farther than p_depth.';

create function registry.downstream(p_datasets bigint[], p_depth int default null) returns table (dataset_id bigint, depth int)
language plpgsql stable security definer set search_path = pg_catalog set enable_seqscan = off set work_mem = '64MB' as $$
declare
  front bigint[] := array(select distinct d from unnest(p_datasets) d);
  seen bigint[] := front;
  quanta bigint[];
  step int := 0;
begin
  while cardinality(front) > 0 loop
    return query select unnest(front), step;
    exit when step = p_depth;
    step := step + 1;
    quanta := array(select i.quantum_id from registry.quantum_input i where i.dataset_id = any(front));
    front := array(
      select d.dataset_id from registry.dataset d where d.quantum_id = any(quanta) except select unnest(seen));
    seen := seen || front;
  end loop;
end $$;
comment on function registry.downstream is
'Every dataset that was made of these, themselves included, with the shortest distance; no farther than p_depth.';

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

-- From a few datasets upwards, while the view `taint` goes from all marks downwards: a bad flat has many descendants.
create function registry.taint_of(p_datasets bigint[]) returns table (dataset_id bigint, verdict text, marked boolean)
language sql stable security definer set search_path = pg_catalog as $$
  with recursive above as materialized (
    select w.dataset_id, d.quantum_id
    from registry.upstream(p_datasets) w
    cross join lateral (select x.quantum_id from registry.dataset x where x.dataset_id = w.dataset_id offset 0) d
  ), root as materialized (
    select a.dataset_id, m.verdict from registry.mark m join above a using (dataset_id) where m.revoked_at is null
    union
    select a.dataset_id, m.verdict
    from above a
    cross join lateral (
      select x.task_version_id, x.config_id from registry.quantum x where x.quantum_id = a.quantum_id offset 0) q
    join registry.mark m on m.task_version_id = q.task_version_id or m.config_id = q.config_id
    where m.dataset_id is null and m.revoked_at is null
  ), edge as materialized (
    select a.dataset_id, i.dataset_id as input
    from above a
    cross join lateral (select x.dataset_id from registry.quantum_input x where x.quantum_id = a.quantum_id offset 0) i
  ), tainted (dataset_id, verdict) as (
    select r.dataset_id, r.verdict from root r
    union
    select e.dataset_id, t.verdict from tainted t join edge e on e.input = t.dataset_id
  )
  select t.dataset_id, t.verdict, r.dataset_id is not null
  from tainted t left join root r using (dataset_id, verdict)
  where t.dataset_id in (select unnest(p_datasets))
$$;
comment on function registry.taint_of is
'Which of these datasets carry a mark that holds, or were made from one that does: the rows of the view taint, for a few datasets.';

-- The walk downwards, within what a collection holds now, itself or through its chain, with the calibrations certified in it.
create function registry.affected(p_datasets bigint[], p_collection text default null) returns table (dataset_id bigint, depth int)
language sql stable security definer set search_path = pg_catalog as $$
  with recursive down (collection_id) as (
    select c.collection_id from registry.collection c where c.name = p_collection
    union
    select n.child from down d join registry.collection_chain n on n.parent = d.collection_id and n.until = 'infinity'
  )
  select w.dataset_id, w.depth from registry.downstream(p_datasets) w
  where p_collection is null or exists (
    select from registry.member m
    where m.dataset_id = w.dataset_id and m.until = 'infinity' and m.collection_id in (select d.collection_id from down d)
  ) or exists (
    select from registry.calibration_validity v
    where v.dataset_id = w.dataset_id and v.until = 'infinity' and v.collection_id in (select d.collection_id from down d))
$$;
comment on function registry.affected is
'What these datasets and all that was made of them are, with the shortest distance; only what a collection holds now, if one is given.';

-- Of a task at a data ID the newest quantum counts: those before it are history, and nobody would compute them again.
-- A result that was taken over from another quantum cost nothing; computing it would, so it counts as the others of its task do.
create function registry.whatif(p_datasets bigint[], p_collection text default null)
returns table (task text, n_quanta bigint, n_datasets bigint, cpu_h float8, n_bytes bigint, n_made bigint)
language sql stable security definer set search_path = pg_catalog as $$
  with below as materialized (
    select d.dataset_id, d.quantum_id, d.execution_id, d.content_digest
    from registry.affected(p_datasets, p_collection) w
    cross join lateral (select * from registry.dataset x where x.dataset_id = w.dataset_id offset 0) d
    where w.depth > 0
  ), made as materialized (
    select b.quantum_id, v.task_id, min(b.execution_id) as execution_id, count(*) as n_datasets,
           b.quantum_id = max(b.quantum_id) over (partition by v.task_id, q.coordinate_id) as is_newest
    from below b
    cross join lateral (
      select x.task_version_id, x.coordinate_id from registry.quantum x where x.quantum_id = b.quantum_id offset 0) q
    join registry.task_version v using (task_version_id)
    group by b.quantum_id, v.task_id, q.coordinate_id
  ), quanta as (
    select m.task_id, count(*) filter (where m.is_newest) as n_quanta, count(*) as n_made,
           sum(m.n_datasets) filter (where m.is_newest)::int8 as n_datasets,
           avg(e.cpu_s) filter (where m.is_newest) * count(*) filter (where m.is_newest) / 3600 as cpu_h
    from made m
    left join lateral (
      select x.cpu_s from work.execution x where x.execution_id = m.execution_id and x.outcome = 'ok' offset 0) e on true
    group by m.task_id
  ), files as (
    select c.task_id, sum(a.n_bytes)::int8 as n_bytes
    from (
      select distinct b.content_digest, m.task_id from below b join made m using (quantum_id) where m.is_newest
    ) c
    cross join lateral (
      select x.n_bytes from registry.artifact x
      where x.content_digest = c.content_digest and x.state = 'present' order by x.artifact_id limit 1) a
    group by c.task_id
  )
  select t.name, q.n_quanta, q.n_datasets, q.cpu_h, coalesce(f.n_bytes, 0), q.n_made
  from quanta q join registry.task t using (task_id) left join files f using (task_id) order by q.n_quanta desc, t.name
$$;
comment on function registry.whatif is
'What would be computed again, task by task, if these datasets were bad: quanta, datasets, CPU time [h], size of their files [byte]; '
'and how many quanta were made so far, with those that newer ones have replaced.';

create function registry.touched_collections(p_datasets bigint[])
returns table (collection text, kind text, sealed_at timestamptz, n_datasets bigint)
language sql stable security definer set search_path = pg_catalog as $$
  with recursive held as materialized (
    select m.collection_id, w.dataset_id
    from registry.downstream(p_datasets) w
    cross join lateral (
      select x.collection_id from registry.member x where x.dataset_id = w.dataset_id and x.until = 'infinity'
      union
      select x.collection_id from registry.calibration_validity x where x.dataset_id = w.dataset_id and x.until = 'infinity'
      offset 0) m
  ), above (collection_id, child) as (
    select distinct h.collection_id, h.collection_id from held h
    union
    select n.parent, a.child from above a join registry.collection_chain n on n.child = a.collection_id and n.until = 'infinity'
  )
  select c.name, c.kind, c.sealed_at, count(distinct h.dataset_id)
  from above a join held h on h.collection_id = a.child join registry.collection c on c.collection_id = a.collection_id
  group by c.collection_id order by c.sealed_at is null, c.name
$$;
comment on function registry.touched_collections is
'Which collections hold these datasets or something that was made of them, themselves or through a chain; sealed ones come first.';

create function registry.touched_metrics(p_datasets bigint[], p_collection text default null)
returns table (metric text, unit text, n_values bigint, specification text, n_kept bigint, n_broken bigint)
language sql stable security definer set search_path = pg_catalog as $$
  with found as materialized (
    select x.metric_id, x.value, c.instrument, coalesce(c.band, f.band) as band
    from registry.affected(p_datasets, p_collection) w
    cross join lateral (select y.coordinate_id from registry.dataset y where y.dataset_id = w.dataset_id offset 0) d
    cross join lateral (select y.metric_id, y.value from quality.measurement y where y.dataset_id = w.dataset_id offset 0) x
    join registry.coordinate c using (coordinate_id)
    left join registry.exposure e on e.instrument = c.instrument and e.exposure = c.exposure
    left join registry.physical_filter f on f.instrument = e.instrument and f.physical_filter = e.physical_filter
  ), judged as (
    select x.metric_id, s.name as specification,
           case s.operator when '<=' then x.value <= s.threshold when '<' then x.value < s.threshold
                           when '>=' then x.value >= s.threshold else x.value > s.threshold end
             and x.value <> 'NaN' as kept, x.value = 'NaN' as unknown
    from found x
    left join quality.specification s on s.metric_id = x.metric_id and s.until = 'infinity'
      and (s.instrument in ('', x.instrument)) and (s.band in ('', x.band))
  )
  select m.name, m.unit, count(*), j.specification,
         count(*) filter (where j.kept), count(*) filter (where not j.kept and not j.unknown)
  from judged j join quality.metric m using (metric_id)
  group by m.name, m.unit, j.specification order by 6 desc, m.name, j.specification
$$;
comment on function registry.touched_metrics is
'Metrics measured on these datasets and on what was made of them, and how many values keep or break each specification in force.';
