-- Claim a batch. `= any(array)` keeps every step an index scan; joining a CTE instead was measured 14 times slower.
create function work.claim(p_worker bigint, p_queue smallint, p_n int, p_ttl interval)
returns table (unit_id bigint, token bigint, quantum_id bigint, run_id int, attempt smallint)
language plpgsql security definer set search_path = pg_catalog
-- One plan, made once: every step is a look into an index, whatever the statistics say.
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  ids bigint[];
  tag float8;
  mark work.low_water;
begin
  -- A claim need not survive a power cut, its transaction neither; said here it costs no round trip of its own.
  perform set_config('synchronous_commit', 'off', true);
  -- Units whose batch was lost go first and alone: whoever kills its worker then takes nobody along.
  with taken as (
    delete from work.ready r where r.unit_id = any(array(
      select c.unit_id from work.ready c where c.queue = p_queue and c.solo and c.not_before = '-infinity'
      order by c.priority, c.vtime, c.unit_id limit 1 for update skip locked))
    returning r.unit_id, r.vtime)
  select array_agg(t.unit_id), max(t.vtime) into ids, tag from taken t;
  if ids is null then
    select * into mark from work.low_water w where w.queue = p_queue;
    with taken as (
      delete from work.ready r where r.unit_id = any(array(
        select c.unit_id from work.ready c where c.queue = p_queue and not c.solo and c.not_before = '-infinity'
          and (c.priority, c.vtime) >= (coalesce(mark.priority, -32768), coalesce(mark.vtime, '-infinity'))
        order by c.priority, c.vtime, c.unit_id limit p_n for update skip locked))
      returning r.unit_id, r.priority, r.vtime)
    select array_agg(t.unit_id order by t.priority, t.vtime, t.unit_id), max(t.vtime) into ids, tag from taken t;
  end if;
  if ids is null then
    return;
  end if;
  return query
  with leased as (
    insert into work.lease as l (unit_id, token, worker_id, deadline, batch, vtime)
    -- A claim need not survive a crash of the server, and its step of the sequence dies with it: chance makes the token new.
    select i, (nextval('work.fence') << 24) + floor(random() * 16777216)::bigint, p_worker, clock_timestamp() + p_ttl,
           cardinality(ids), tag from unnest(ids) i
    returning l.unit_id, l.token
  ), changed as (
    update work.unit u set state = 'leased', attempt = u.attempt + 1 where u.unit_id = any(ids)
    returning u.unit_id, u.quantum_id, u.run_id, u.attempt
  )
  select c.unit_id, l.token, c.quantum_id, c.run_id, c.attempt from changed c join leased l on l.unit_id = c.unit_id order by l.token;
end $$;
comment on function work.claim is 'Lease up to n ready units of a queue to a worker; each lease has its fencing token.';

create function work.heartbeat(p_workers bigint[], p_ttl interval) returns void
language sql security definer set search_path = pg_catalog as $$
  update work.worker set last_seen = clock_timestamp() where worker_id = any(p_workers) and stopped_at is null;
  -- A lease that somebody has locked is being settled: it needs no renewal, and waiting for several could end in a circle.
  update work.lease set deadline = clock_timestamp() + p_ttl where unit_id = any(array(
    select l.unit_id from work.lease l where l.worker_id = any(p_workers) for update skip locked));
$$;
comment on function work.heartbeat is 'Say that these workers live, and renew their leases.';
