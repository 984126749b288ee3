-- While somebody holds an old snapshot, the entries of claimed units stay in the index that claims walk along: after 100,000
-- of them a claim took 16 times as long. The mark says where to begin: nothing that can be claimed lies before it. Whoever
-- lets units be claimed, or moves the mark, holds the resolver's row, so the mark is never too high; a claim that read it
-- just before it was lowered finds the unit the next time.
create function work.lower_low_water() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
  update work.low_water w set priority = m.priority, vtime = m.vtime
  from (select distinct on (c.queue) c.queue, c.priority, c.vtime from came c
        where not c.solo and c.not_before = '-infinity' order by c.queue, c.priority, c.vtime) m
  where w.queue = m.queue and (m.priority, m.vtime) < (w.priority, w.vtime);
  return null;
end $$;
comment on function work.lower_low_water is 'Trigger: let the mark be no higher than what can be claimed from now on.';
create trigger low_water_came after insert on work.ready referencing new table as came
  for each statement execute function work.lower_low_water();
create trigger low_water_changed after update on work.ready referencing new table as came
  for each statement execute function work.lower_low_water();

-- Rarely: the same snapshot keeps every version of the mark, too. The caller holds the resolver's row.
create function work.raise_low_water(p_step int default 500) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
  leases bigint := (select s.last_value from work.fence s);
begin
  if leases < p_step + coalesce((select max(w.fence) from work.low_water w), 0) then
    return;
  end if;
  insert into work.low_water as w (queue, priority, vtime, fence)
  select q.queue, h.priority, h.vtime, leases
  from work.queue q left join work.low_water m using (queue)
  cross join lateral (
    select r.priority, r.vtime from work.ready r
    where r.queue = q.queue and not r.solo and r.not_before = '-infinity'
      and (r.priority, r.vtime) >= (coalesce(m.priority, -32768), coalesce(m.vtime, '-infinity'))
    order by r.priority, r.vtime, r.unit_id limit 1) h
  on conflict (queue) do update set priority = excluded.priority, vtime = excluded.vtime, fence = excluded.fence
  where (excluded.priority, excluded.vtime) > (w.priority, w.vtime);
end $$;
comment on function work.raise_low_water is 'Move the marks to the heads of their queues, once in so many leases.';
