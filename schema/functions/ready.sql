-- Where the runs in a line are now. It is asked of the head of that very line; the leases count, because a retry may stand
-- at the head with an old tag.
create function work.line_vtime(p_queue smallint, p_priority smallint) returns float8
language plpgsql stable set search_path = pg_catalog as $$
declare
  mark work.low_water;
begin
  select * into mark from work.low_water w where w.queue = p_queue;
  return coalesce(
    greatest(
      (select r.vtime - u.est_ms / s.weight
       from work.ready r join work.unit u using (unit_id) join work.share s using (run_id)
       where r.queue = p_queue and not r.solo and r.priority = p_priority and r.not_before = '-infinity'
         and (r.priority, r.vtime) >= (coalesce(mark.priority, -32768), coalesce(mark.vtime, '-infinity'))
       order by r.vtime limit 1),
      (select max(u.vtime) from work.lease l join work.unit u using (unit_id)
       where u.queue = p_queue and u.priority = p_priority)),
    (select max(p.vtime) from work.place p where p.queue = p_queue and p.priority = p_priority),
    0);
end $$;
comment on function work.line_vtime is 'Virtual time at which the units of a queue and priority are being claimed.';

-- Units enter the queue here only. Callers hold the resolver's row: it makes them the single writer of work.place.
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
    -- A run that was idle starts where the others are now, not where it stopped: idleness earns no credit.
    select c.queue, c.priority, work.line_vtime(c.queue, c.priority) as vtime
    from (select distinct queue, priority from asked) c
  ), tagged as (
    select a.unit_id,
           greatest(p.vtime, f.vtime)
             + sum(a.est_ms / s.weight) over (partition by a.run_id, a.queue, a.priority order by a.unit_id) as vtime
    from asked a join work.share s using (run_id) join started f using (queue, priority)
    left join work.place p using (run_id, queue, priority)
  )
  select array_agg(t.unit_id), array_agg(t.vtime) into ids, tags from tagged t;
  with changed as (
    update work.unit u set state = 'ready', vtime = t.vtime
    from unnest(ids, tags) t (unit_id, vtime) where u.unit_id = t.unit_id
    returning u.unit_id, u.run_id, u.queue, u.solo, u.priority, u.vtime
  ), queued as (
    insert into work.ready (unit_id, queue, solo, priority, vtime, not_before)
    select c.unit_id, c.queue, c.solo, c.priority, c.vtime,
           case when s.paused then timestamptz 'infinity' else '-infinity' end
    from changed c join work.share s using (run_id)
  )
  insert into work.place (run_id, queue, priority, vtime)
  select c.run_id, c.queue, c.priority, max(c.vtime) from changed c group by 1, 2, 3 order by 1, 2, 3
  on conflict (run_id, queue, priority) do update set vtime = excluded.vtime;
  return coalesce(cardinality(ids), 0);
end $$;
comment on function work.make_ready is 'Put waiting units without unmet dependencies into the queue.';

-- What waits in the queue is tagged anew, in its order, as if it became ready now: after a change of weight, or a pause,
-- in which the others came further; what was held by a pause that is over is let go. Rows of the queue are locked before
-- units, as who claims them does.
create function work.retag(p_run int) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  held boolean;
  ids bigint[];
  tags float8[];
begin
  perform from work.resolver for update;
  select s.paused into held from work.share s where s.run_id = p_run;
  select array_agg(x.unit_id) into ids from (
    select r.unit_id from work.ready r join work.unit u using (unit_id) where u.run_id = p_run for update of r) x;
  if ids is null then
    return 0;
  end if;
  with mine as (
    select r.unit_id, r.queue, r.priority,
           sum(u.est_ms / s.weight) over (partition by r.queue, r.priority order by r.vtime, r.unit_id) as cost
    from work.ready r join work.unit u using (unit_id) join work.share s using (run_id) where r.unit_id = any(ids)
  ), started as materialized (
    select c.queue, c.priority, work.line_vtime(c.queue, c.priority) as vtime
    from (select distinct queue, priority from mine) c
  )
  select array_agg(m.unit_id), array_agg(f.vtime + m.cost) into ids, tags
  from mine m join started f using (queue, priority);
  update work.ready r
  set vtime = t.vtime, not_before = case when r.not_before < 'infinity' or held then r.not_before else '-infinity' end
  from unnest(ids, tags) t (unit_id, vtime) where r.unit_id = t.unit_id;
  update work.unit u set vtime = t.vtime from unnest(ids, tags) t (unit_id, vtime) where u.unit_id = t.unit_id;
  delete from work.place where run_id = p_run;
  insert into work.place (run_id, queue, priority, vtime)
  select p_run, r.queue, r.priority, max(r.vtime) from work.ready r where r.unit_id = any(ids) group by 2, 3;
  return cardinality(ids);
end $$;
comment on function work.retag is 'Put what a run has in the queue in line anew; give how many units that is.';
