-- The operator stops a run: what has not ended leaves the queue and the workers' hands; what is done stays done.
-- That ends a pause, too: who takes the run up again wants it to go on.
create function work.cancel(p_run int) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  ids bigint[];
  n int;
begin
  perform from work.resolver for update;
  update work.share set paused = false where run_id = p_run and paused;
  -- What it was charged for will not run: when it is taken up again it has neither debt nor credit.
  delete from work.place where run_id = p_run;
  select array_agg(unit_id) into ids from work.unit where run_id = p_run and state in ('waiting', 'ready');
  if ids is null then
    return 0;
  end if;
  perform work.call_off(ids);
  -- What a worker settled while we waited for its lease is done.
  update work.unit set state = 'cancelled'
  where unit_id = any(ids) and state in ('waiting', 'ready');
  get diagnostics n = row_count;
  return n;
end $$;
comment on function work.cancel is 'Take what is left of a run out of the queue; give how many units that were.';

-- Back into the queue. While units are cancelled the resolver counts down what they wait for, as for all others; it does
-- not block them, so what needs a dead unit is blocked now, and what took that in softly waits no more for it.
create function work.resume(p_run int) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  ids bigint[];
  lost bigint[];
begin
  -- Locked in the order in which whoever submits locks.
  perform from registry.collection c where c.collection_id = p_run for share;
  perform from work.resolver for update;
  select array_agg(unit_id) into ids from work.unit where run_id = p_run and state = 'cancelled';
  if ids is null then
    return 0;
  end if;
  -- A sealed run takes nothing in any more: whatever came of them would be refused in the end.
  perform registry.insist_open(array[p_run], '{run}', 'unit');
  -- A death that the resolver has not read yet is left to it.
  with recursive fallen (unit_id) as (
    select d.unit_id from work.dependency d join work.unit p on p.unit_id = d.needs
    where d.unit_id = any(ids) and not d.soft
      and (p.state = 'blocked' or p.state = 'dead' and not exists (select from work.settled s where s.unit_id = p.unit_id))
    union
    select d.unit_id from fallen f join work.dependency d on d.needs = f.unit_id where d.unit_id = any(ids) and not d.soft
  )
  select coalesce(array_agg(unit_id), '{}') into lost from fallen;
  update work.unit u
  set state = case when u.unit_id = any(lost) then 'blocked' else 'waiting' end,
      max_attempts = greatest(u.max_attempts, u.attempt + 1)
  where u.unit_id = any(ids);
  update work.unit u set unmet = u.unmet - m.n
  from (select d.unit_id, count(*)::int as n from work.dependency d where d.soft and d.needs = any(lost) group by 1) m
  where u.unit_id = m.unit_id;
  perform work.make_ready(array(
    select unnest(ids) union select d.unit_id from work.dependency d where d.soft and d.needs = any(lost)));
  return cardinality(ids);
end $$;
comment on function work.resume is 'Put the cancelled units of a run back into the queue; give how many they are.';
