-- Units leave the queue, whoever may have them; a late answer finds its lease gone. The caller holds the resolver's row,
-- so nothing new is made ready; but a lease may come back into the queue between two looks.
create function work.call_off(p_units bigint[]) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
  touched bigint[];
begin
  loop
    delete from work.ready where unit_id = any(p_units);
    touched := array(select distinct l.token from work.lease l where l.unit_id in (select unnest(p_units)));
    exit when touched = '{}' and not exists (select from work.ready where unit_id = any(p_units));
    -- Whoever locks several batches does it by token, so that nobody waits in a circle.
    perform from work.batch b where b.token = any(touched) order by b.token for update;
    with gone as (
      select l.* from work.lease l where l.token = any(touched) and l.unit_id in (select unnest(p_units))
    ), kept as (
      update work.batch b
      set units = array(select x from unnest(b.units) x where x not in (select unnest(p_units)))
      where b.token = any(touched)
    ), changed as (
      update work.unit u set attempt = u.attempt + 1 from gone g where u.unit_id = g.unit_id
      returning u.unit_id, u.attempt, g.token, g.worker_id, g.acquired_at
    )
    insert into work.execution (unit_id, attempt, token, worker_id, started_at, outcome, error_class, error)
    select unit_id, attempt, token, worker_id, acquired_at, 'lost', 'CalledOff', 'it was taken out of the queue' from changed;
    delete from work.batch b where b.token = any(touched) and b.units = '{}';
  end loop;
end $$;
comment on function work.call_off is 'Take units out of the queue and out of the hands of workers.';

-- What took these units in softly is not complete any more: it waits and runs once more, and so does what needed that.
-- Every edge is walked once, from a unit that had ended and was read, so `unmet` grows by what the resolver will take off.
create function work.reopen(p_units bigint[]) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
  above bigint[] := p_units;
  hard boolean := false;
  wave bigint[];
  ended bigint[];
  unread bigint[];
begin
  loop
    select array_agg(distinct d.unit_id) into wave from work.dependency d where d.needs = any(above) and (d.soft or hard);
    exit when wave is null;
    perform work.call_off(wave);
    with again as (
      select d.unit_id, count(*)::int as n from work.dependency d where d.needs = any(above) and (d.soft or hard) group by 1
    ), before as (
      select u.unit_id from work.unit u where u.unit_id = any(wave) and u.state in ('done', 'reused')
    ), changed as (
      update work.unit u
      set unmet = u.unmet + a.n,
          state = case when u.state in ('dead', 'blocked', 'cancelled') then u.state else 'waiting' end,
          max_attempts = case when u.state in ('dead', 'blocked', 'cancelled', 'waiting') then u.max_attempts else u.attempt + 3 end
      from again a where u.unit_id = a.unit_id and u.unit_id = any(wave)
    )
    select array_agg(unit_id) into ended from before;
    with gone as (delete from work.settled where unit_id = any(ended) returning unit_id)
    select coalesce(array_agg(unit_id), '{}') into unread from gone;
    select array_agg(x) into above from unnest(ended) x where x <> all(unread);
    hard := true;
  end loop;
end $$;
comment on function work.reopen is 'Let everything that took these units in run once more.';

-- The operator's verb after a fix: dead units get three attempts more, what they blocked waits again,
-- and what took them in softly (a catalog load) runs once more to take in what comes late.
create function work.retry(p_units bigint[]) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  ids bigint[];
  back bigint[];
  unread bigint[];
begin
  -- A sealed run takes nothing in any more: whatever came of them would be refused in the end.
  perform registry.insist_open(array(select distinct u.run_id from work.unit u where u.unit_id = any(p_units)), '{run}', 'unit');
  perform from work.resolver for update;
  with revived as (
    update work.unit set max_attempts = attempt + 3, state = 'waiting', solo = false
    where unit_id = any(p_units) and state = 'dead' returning unit_id
  )
  select array_agg(unit_id) into ids from revived;
  if ids is null then
    return 0;
  end if;
  with recursive below (unit_id) as (
    select unnest(ids)
    union
    select d.unit_id from below b join work.dependency d on d.needs = b.unit_id where not d.soft
  ), still (unit_id) as (
    -- Something else keeps these from running: it is dead, or blocked by what is not retried now. A death that the
    -- resolver has not read yet is left to it.
    select b.unit_id from below b join work.dependency d on d.unit_id = b.unit_id join work.unit p on p.unit_id = d.needs
    where not d.soft
      and (p.state = 'dead' and not exists (select from work.settled s where s.unit_id = p.unit_id)
           or p.state = 'blocked' and p.unit_id not in (select unit_id from below))
    union
    select d.unit_id from still s join work.dependency d on d.needs = s.unit_id where not d.soft
  ), changed as (
    update work.unit u set state = case when u.unit_id in (select unit_id from still) then 'blocked' else 'waiting' end
    from below b where u.unit_id = b.unit_id and (u.state = 'blocked' or u.unit_id = any(ids))
    returning u.unit_id, u.state
  )
  select coalesce(array_agg(unit_id), '{}') into back from changed where state = 'waiting';
  -- The resolver has not read these yet: nothing was blocked or released because of them.
  with gone as (delete from work.settled where unit_id = any(back) returning unit_id)
  select coalesce(array_agg(unit_id), '{}') into unread from gone;
  perform work.reopen(array(select x from unnest(back) x where x <> all(unread)));
  perform work.make_ready(back);
  return cardinality(ids);
end $$;
comment on function work.retry is 'Give dead units three attempts more and free what they blocked.';
