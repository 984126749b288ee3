-- Units enter the queue here only. Callers hold the resolver's row: it makes them the single writer of work.share.vtime.
-- Start-time fair queueing: the tag is computed once, when a unit first becomes ready (Goyal, Vin & Cheng 1996).
-- Two statements with arrays between them: planned without statistics, as within the transaction that inserts the units,
-- one statement joined its own parts row by row and took 34 s for 10,000 units; so would `started`, not materialized.
create function work.make_ready(p_units bigint[]) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  ids bigint[];
  tags float8[];
begin
  perform from work.resolver for update;
  with asked as (
    select u.unit_id, u.run_id, u.queue, u.priority, u.est_ms
    from work.unit u where u.unit_id = any(p_units) and u.state = 'waiting' and u.unmet = 0
  ), started as materialized (
    -- A run that was idle starts where the others are now, not where it stopped: idleness earns no credit. Where they
    -- are is asked of their own line, and the leases count because a retry may stand at its head with an old tag.
    select c.queue, c.priority, coalesce(
      greatest(
        (select r.vtime - u.est_ms / s.weight
         from work.ready r join work.unit u using (unit_id) join work.share s using (run_id)
         where r.queue = c.queue and not r.solo and r.priority = c.priority and r.not_before = '-infinity'
         order by r.vtime limit 1),
        (select max(l.vtime) from work.lease l join work.unit u using (unit_id)
         where u.queue = c.queue and u.priority = c.priority)),
      (select max(s.vtime) from work.share s),
      0) as vtime
    from (select distinct queue, priority from asked) c
  ), tagged as (
    select a.unit_id,
           greatest(s.vtime, f.vtime) + sum(a.est_ms / s.weight) over (partition by a.run_id order by a.unit_id) as vtime
    from asked a join work.share s using (run_id) join started f using (queue, priority)
  )
  select array_agg(t.unit_id), array_agg(t.vtime) into ids, tags from tagged t;
  with changed as (
    update work.unit u set state = 'ready', vtime = t.vtime
    from unnest(ids, tags) t (unit_id, vtime) where u.unit_id = t.unit_id
    returning u.unit_id, u.run_id, u.queue, u.solo, u.priority, u.vtime
  ), queued as (
    insert into work.ready (unit_id, queue, solo, priority, vtime)
    select c.unit_id, c.queue, c.solo, c.priority, c.vtime from changed c
  )
  update work.share s set vtime = m.vtime
  from (select c.run_id, max(c.vtime) as vtime from changed c group by 1) m where s.run_id = m.run_id;
  return coalesce(cardinality(ids), 0);
end $$;
comment on function work.make_ready is 'Put waiting units without unmet dependencies into the queue.';
