-- Leases of workers that are silent, stopped or late come back. A lost lease counts as an attempt only for a unit that was
-- claimed alone; the others come back to be claimed alone, so that one poison unit does not kill its batch.
create function work.reap(p_silence interval default '60 s') returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  ids bigint[];
  n int;
begin
  select array_agg(x.unit_id) into ids from (
    select l.unit_id from work.lease l join work.worker w using (worker_id)
    where l.deadline < clock_timestamp() or w.last_seen < clock_timestamp() - p_silence or w.stopped_at is not null
    order by l.unit_id limit 1000 for update of l skip locked) x;
  if ids is null then
    return 0;
  end if;
  with gone as (
    delete from work.lease l where l.unit_id = any(ids) returning l.*
  ), changed as (
    update work.unit u
    set solo = true, attempt = u.attempt - (gone.batch > 1)::int,
        state = case when gone.batch = 1 and u.attempt >= u.max_attempts then 'dead' else 'ready' end
    from gone where u.unit_id = gone.unit_id and u.unit_id = any(ids)
    returning u.unit_id, u.queue, u.priority, u.vtime, u.state, u.attempt, gone.batch, gone.token, gone.worker_id, gone.acquired_at
  ), recorded as (
    insert into work.execution (unit_id, attempt, token, worker_id, started_at, outcome, error_class, error)
    select unit_id, attempt + (batch > 1)::int, token, worker_id, acquired_at, 'lost', 'LeaseLost', 'the worker died or fell silent'
    from changed
  ), told as (
    insert into work.settled (unit_id, ok) select unit_id, false from changed where state = 'dead'
  ), queued as (
    insert into work.ready (unit_id, queue, priority, vtime, solo, not_before)
    select unit_id, queue, priority, vtime, true,
           clock_timestamp() + case when batch = 1 then work.backoff(attempt) else interval '0' end
    from changed where state = 'ready'
  )
  select count(*) into n from changed;
  return n;
end $$;
comment on function work.reap is 'Take back the leases of workers that died; a unit that was alone with one pays an attempt.';
