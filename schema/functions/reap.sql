-- Leases of workers that are silent, stopped or late come back. A lost lease counts as an attempt only for a unit that was
-- claimed alone; the others come back to be claimed alone, so that one poison unit does not kill its batch.
create function work.reap(p_silence interval default '60 s') returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  lost bigint[];
  n int;
begin
  select array_agg(x.token) into lost from (
    select b.token from work.batch b join work.worker w using (worker_id)
    where b.deadline < clock_timestamp() or w.last_seen < clock_timestamp() - p_silence or w.stopped_at is not null
    order by b.token limit 100 for update of b skip locked) x;
  if lost is null then
    return 0;
  end if;
  -- Folders in staging are removed after this, so it must survive, whatever else the transaction does.
  perform set_config('synchronous_commit', 'on', true);
  with gone as (
    delete from work.batch b where b.token = any(lost) returning b.*
  ), held as (
    select g.*, x.unit_id from gone g cross join unnest(g.units) x (unit_id)
  ), changed as (
    update work.unit u
    set solo = true, attempt = u.attempt + (h.size = 1)::int,
        state = case when h.size = 1 and u.attempt + 1 >= u.max_attempts then 'dead' else 'ready' end
    from held h where u.unit_id = h.unit_id
    returning u.unit_id, u.queue, u.priority, u.vtime, u.state, u.attempt, h.size, h.token, h.worker_id, h.acquired_at
  ), recorded as (
    insert into work.execution (unit_id, attempt, token, worker_id, started_at, outcome, error_class, error)
    select unit_id, attempt + (size > 1)::int, token, worker_id, acquired_at, 'lost', 'LeaseLost', 'the worker died or fell silent'
    from changed
  ), told as (
    insert into work.settled (unit_id, ok)
    select c.unit_id, false from changed c
    where c.state = 'dead' and exists (select from work.dependency d where d.needs = c.unit_id)
  ), queued as (
    insert into work.ready (unit_id, queue, priority, vtime, solo, not_before)
    select unit_id, queue, priority, vtime, true,
           clock_timestamp() + case when size = 1 then work.backoff(attempt) else interval '0' end
    from changed where state = 'ready'
  )
  select count(*) into n from changed;
  return n;
end $$;
comment on function work.reap is 'Take back the leases of workers that died; a unit that was alone with one pays an attempt.';
