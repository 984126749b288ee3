-- Whoever has the token may take units out of a batch; what is left of it stays leased. NULL: it does not hold all of them.
create function work.take_out(p_token bigint, p_units bigint[]) returns bigint
language plpgsql security definer set search_path = pg_catalog
set plan_cache_mode = force_generic_plan as $$
declare
  worker bigint;
begin
  delete from work.batch b where b.token = p_token and b.units <@ p_units and b.units @> p_units returning b.worker_id into worker;
  if worker is null then
    update work.batch b set units = array(select x from unnest(b.units) x where x <> all(p_units))
    where b.token = p_token and b.units @> p_units returning b.worker_id into worker;
  end if;
  return worker;
end $$;
comment on function work.take_out is 'End leases of a batch; give its worker, or NULL if it does not hold them all.';

-- The FIRST statement of the transaction that registers outputs: it fences by row lock and token,
-- and hands out the execution ids that the dataset rows need.
create function work.settle_ok(
  p_token bigint, p_units bigint[], p_reused boolean[], p_started timestamptz[], p_ended timestamptz[],
  p_cpu_s float8[], p_max_rss_mb float8[], p_logs text[]
) returns table (unit_id bigint, execution_id bigint)
language plpgsql security definer set search_path = pg_catalog
-- One plan, made once: every step is a look into an index, whatever the statistics say. Nested loops would compare each
-- unit of the batch with each other.
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set enable_nestloop = off as $$
#variable_conflict use_column
declare
  worker bigint;
  n int;
begin
  -- Whoever falls silent before the commit must not keep these leases: nobody else could settle, reap or cancel the units.
  perform set_config('idle_in_transaction_session_timeout', '60s', true);
  if (cardinality(p_units) = all (array[
        cardinality(p_reused), cardinality(p_started), cardinality(p_ended), cardinality(p_cpu_s), cardinality(p_max_rss_mb),
        cardinality(p_logs)])) is not true then
    raise exception 'units are settled each once, with as many measurements' using errcode = 'P0L02';
  end if;
  worker := work.take_out(p_token, p_units);
  if worker is null then
    select count(*) into n from work.lease l where l.token = p_token and l.unit_id = any(p_units);
    raise exception 'stale lease: only % of % units are still owned', n, cardinality(p_units) using errcode = 'P0L01';
  end if;
  return query
  with changed as (
    update work.unit u set state = case when g.reused then 'reused' else 'done' end, attempt = u.attempt + 1
    from unnest(p_units, p_reused, p_started, p_ended, p_cpu_s, p_max_rss_mb, p_logs)
      as g (unit_id, reused, started_at, ended_at, cpu_s, max_rss_mb, log)
    where u.unit_id = any(p_units) and g.unit_id = u.unit_id
    returning u.unit_id, u.attempt, g.reused, g.started_at, g.ended_at, g.cpu_s, g.max_rss_mb, g.log
  ), told as (
    -- All that may ever wait for a unit is there before it can be claimed.
    insert into work.settled (unit_id, ok)
    select c.unit_id, true from changed c where (select true from work.dependency d where d.needs = c.unit_id limit 1)
  )
  insert into work.execution as e (unit_id, attempt, token, worker_id, started_at, ended_at, outcome, cpu_s, max_rss_mb, log)
  select c.unit_id, c.attempt, p_token, worker, c.started_at, c.ended_at,
         case when c.reused then 'reused' else 'ok' end, c.cpu_s, c.max_rss_mb, c.log
  from changed c
  returning e.unit_id, e.execution_id;
  get diagnostics n = row_count;
  if n <> cardinality(p_units) then
    raise exception 'units are settled each once, with as many measurements' using errcode = 'P0L02';
  end if;
end $$;
comment on function work.settle_ok is 'Complete units inside the transaction that registers their outputs; refuses a lost lease (P0L01).';

create function work.backoff(p_attempt int) returns interval
language sql volatile set search_path = pg_catalog as $$
  -- 4^6 s is more than an hour; higher powers would leave the range of intervals.
  select least(interval '1 hour', interval '1 s' * power(4, least(greatest(p_attempt - 1, 0), 6)) * (0.75 + random() / 2))
$$;
comment on function work.backoff is 'How long an attempt waits after the one before: fourfold each time, with jitter, at most an hour.';

create function work.settle_err(
  p_unit bigint, p_token bigint, p_class text, p_error text, p_traceback text, p_log text,
  p_started timestamptz, p_ended timestamptz, p_cpu_s float8, p_max_rss_mb float8, p_retry boolean
) returns text
language plpgsql security definer set search_path = pg_catalog as $$
declare
  worker bigint;
  u work.unit;
  larger work.queue;
begin
  worker := work.take_out(p_token, array[p_unit]);
  if worker is null then
    raise exception 'stale lease: unit % is no longer owned', p_unit using errcode = 'P0L01';
  end if;
  if p_class = 'OutOfMemory' then
    select q.* into larger from work.unit x join work.queue c using (queue) join work.queue q on q.memory_mb > c.memory_mb
    where x.unit_id = p_unit order by q.memory_mb, q.queue limit 1;
    p_retry := found;
    p_error := p_error || case when found then format('; it goes on in class %s (%s MiB)', larger.name, larger.memory_mb)
      else '; no class is larger: let the task take less, or add a row to work.queue and retry the unit' end;
  end if;
  -- What another class costs is not counted as one of its attempts.
  update work.unit x
  set state = case when p_retry and x.attempt + 1 < x.max_attempts + (larger.queue is not null)::int then 'ready' else 'dead' end,
      attempt = x.attempt + 1, queue = coalesce(larger.queue, x.queue), max_attempts = x.max_attempts + (larger.queue is not null)::int
  where x.unit_id = p_unit returning * into u;
  insert into work.execution (
    unit_id, attempt, token, worker_id, started_at, ended_at, outcome, error_class, error, traceback, log, cpu_s, max_rss_mb)
  values (
    p_unit, u.attempt, p_token, worker, p_started, p_ended, 'error', p_class, p_error, p_traceback, p_log, p_cpu_s, p_max_rss_mb);
  if u.state = 'ready' then
    -- It keeps its first tag: no lock on its share, no second charge, front of its run's line.
    insert into work.ready (unit_id, queue, priority, vtime, solo, not_before)
    values (p_unit, u.queue, u.priority, u.vtime, u.solo,
            clock_timestamp() + case when larger.queue is null then work.backoff(u.attempt) else interval '0' end);
  else
    insert into work.settled (unit_id, ok)
    select p_unit, false where exists (select from work.dependency d where d.needs = p_unit);
  end if;
  return u.state;
end $$;
comment on function work.settle_err is 'End an attempt that failed: back into the queue after a pause, out of memory into the next larger class, or dead.';

create function work.give_back(p_token bigint, p_units bigint[], p_pause interval default '0') returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  held bigint[];
  n int;
begin
  select array(select unnest(b.units) intersect select unnest(p_units)) into held
  from work.batch b where b.token = p_token for update;
  if held is null or work.take_out(p_token, held) is null then
    return 0;
  end if;
  -- Through work.wake, which knows whether the run was paused meanwhile.
  insert into work.ready (unit_id, queue, priority, vtime, solo, not_before)
  select u.unit_id, u.queue, u.priority, u.vtime, u.solo, clock_timestamp() + p_pause
  from work.unit u where u.unit_id = any(held);
  get diagnostics n = row_count;
  return n;
end $$;
comment on function work.give_back is 'Return units that were claimed but not begun; counts no attempt. A worker that is told to stop does this, and one of another class of environments, for a while.';
