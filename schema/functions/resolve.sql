-- What came back into the queue, or failed a while ago, may be claimed from here on; of a paused run it waits for ever.
-- With make_ready this is the only door to the front of the queue, and the resolver's row is its key: a pause needs no
-- lock of any worker's. The moment is a variable, because an index is not asked for what a volatile function gives.
create function work.wake() returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  moment timestamptz := clock_timestamp();
  due bigint[];
begin
  perform from work.resolver for update;
  select array_agg(unit_id) into due from work.ready where not_before > '-infinity' and not_before <= moment;
  if due is null then
    return 0;
  end if;
  update work.ready r set not_before = (
    select case when s.paused then timestamptz 'infinity' else '-infinity' end
    from work.unit u join work.share s using (run_id) where u.unit_id = r.unit_id)
  where r.unit_id = any(due);
  return cardinality(due);
end $$;
comment on function work.wake is 'Let go what had to wait until now, unless its run is paused; give how many units that were.';

-- The resolver: any worker may call it after a commit, one runs at a time; set-based, so an input of 500 units is one update.
create function work.resolve(p_max int default 20000) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  good bigint[];
  bad bigint[];
  lost bigint[];
  free bigint[];
begin
  perform from work.resolver for update skip locked;
  if not found then
    return -1;
  end if;
  -- What a crash of the server forgets of this is done again: the messages are back, too. Nobody waits for the disk.
  perform set_config('synchronous_commit', 'off', true);
  perform work.wake();
  with read as (
    delete from work.settled where settle_id in (select settle_id from work.settled order by settle_id limit p_max) returning unit_id, ok
  )
  select array_agg(unit_id) filter (where ok), array_agg(unit_id) filter (where not ok) into good, bad from read;
  if bad is not null then
    -- What needs a dead unit hard is blocked, and so is what needs that; `union` ends the walk on diamonds.
    with recursive fallen (unit_id) as (
      select u.unit_id from work.unit u where u.unit_id = any(bad) and u.state in ('dead', 'blocked')
      union
      select d.unit_id from fallen f join work.dependency d on d.needs = f.unit_id where not d.soft
    ), blocked as (
      update work.unit u set state = 'blocked' from fallen f where u.unit_id = f.unit_id and u.state = 'waiting' returning u.unit_id
    )
    select array_agg(x.unit_id) into lost
    from (
      select unit_id from blocked
      union select u.unit_id from work.unit u where u.unit_id = any(bad) and u.state in ('dead', 'blocked')) x;
  end if;
  if good is not null or lost is not null then
    -- A count that does not agree with the edges is for `skyledger doctor --deep`: one such unit must not stop every run.
    with met as (
      select d.unit_id, count(*)::int as n from work.dependency d
      where d.needs = any(coalesce(good, '{}')) or (d.soft and d.needs = any(coalesce(lost, '{}')))
      group by 1
    ), changed as (
      update work.unit u set unmet = u.unmet - met.n from met
      where u.unit_id = met.unit_id and u.unmet >= met.n returning u.unit_id, u.unmet, u.state
    )
    select array_agg(unit_id order by unit_id) into free from changed where unmet = 0 and state = 'waiting';
    if free is not null then
      perform work.make_ready(free);
    end if;
  end if;
  perform work.raise_low_water();
  return coalesce(cardinality(free), 0);
end $$;
comment on function work.resolve is 'Free what waited for settled units, block what needed dead ones; -1 when somebody else is at it.';
