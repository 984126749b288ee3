-- Units enter the queue here only. Callers hold the resolver's row: it makes them the single writer of work.share.vtime.
-- Start-time fair queueing: the tag is computed once, when a unit first becomes ready (Goyal, Vin & Cheng 1996).
create function work.make_ready(p_units bigint[]) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  n int;
  floor_ float8;
begin
  perform from work.resolver for update;
  -- A run that was idle starts where the others are now, not where it stopped: idleness earns no credit.
  select coalesce(
    (select r.vtime from work.ready r where r.not_before = '-infinity' order by r.queue, r.solo, r.priority, r.vtime, r.unit_id limit 1),
    (select max(l.vtime) from work.lease l),
    (select max(s.vtime) from work.share s),
    0) into floor_;
  with tagged as (
    select u.unit_id, u.run_id, u.queue, u.priority, u.solo,
           greatest(s.vtime, floor_) + sum(u.est_ms / s.weight) over (partition by u.run_id order by u.unit_id) as vtime
    from work.unit u join work.share s using (run_id)
    where u.unit_id = any(p_units) and u.state = 'waiting' and u.unmet = 0
  ), changed as (
    update work.unit u set state = 'ready', vtime = t.vtime from tagged t where u.unit_id = t.unit_id and u.unit_id = any(p_units)
  ), queued as (
    insert into work.ready (unit_id, queue, solo, priority, vtime)
    select t.unit_id, t.queue, t.solo, t.priority, t.vtime from tagged t
    returning 1
  ), charged as (
    update work.share s set vtime = m.vtime from (select run_id, max(vtime) as vtime from tagged group by 1) m where s.run_id = m.run_id
  )
  select count(*) into n from queued;
  return n;
end $$;
comment on function work.make_ready is 'Put waiting units without unmet dependencies into the queue.';
