-- The operator's verb after a fix: dead units get three attempts more, what they blocked waits again,
-- and what took them in softly (a catalog load) runs once more to take in what comes late.
create function work.retry(p_units bigint[]) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  ids bigint[];
  unread bigint[];
  freed bigint[];
begin
  perform from work.resolver for update;
  with revived as (
    update work.unit set max_attempts = attempt + 3, state = 'waiting', solo = false
    where unit_id = any(p_units) and state = 'dead' and unmet = 0 returning unit_id
  )
  select array_agg(unit_id) into ids from revived;
  if ids is null then
    return 0;
  end if;
  -- The resolver has not read these yet: nothing was blocked or released because of them.
  with gone as (delete from work.settled where unit_id = any(ids) and not ok returning unit_id)
  select coalesce(array_agg(unit_id), '{}') into unread from gone;
  with recursive below (unit_id) as (
    select unnest(ids)
    union
    select d.unit_id from below b join work.dependency d on d.needs = b.unit_id where not d.soft
  ), still (unit_id) as (
    select b.unit_id from below b join work.dependency d on d.unit_id = b.unit_id join work.unit p on p.unit_id = d.needs
    where not d.soft and p.state = 'dead'
    union
    select d.unit_id from still s join work.dependency d on d.needs = s.unit_id where not d.soft
  ), changed as (
    update work.unit u set state = 'waiting' from below b
    where u.unit_id = b.unit_id and u.state = 'blocked' and u.unit_id not in (select unit_id from still)
    returning u.unit_id
  )
  select coalesce(array_agg(unit_id), '{}') into freed from changed;
  with again as (
    select d.unit_id, count(*)::int as n from work.dependency d
    where d.soft and d.needs = any(ids || freed) and d.needs <> all(unread)
    group by 1
  ), changed as (
    update work.unit u
    set unmet = u.unmet + again.n, state = case when u.state = 'leased' then u.state else 'waiting' end
    from again where u.unit_id = again.unit_id
    returning u.unit_id
  )
  delete from work.ready r using changed c where r.unit_id = c.unit_id;
  perform work.make_ready(ids);
  return cardinality(ids);
end $$;
comment on function work.retry is 'Give dead units three attempts more and free what they blocked.';
