create view work.lease as
select u.unit_id, b.token, b.worker_id, b.size as batch, b.acquired_at, b.deadline
from work.batch b cross join unnest(b.units) u (unit_id);
comment on view work.lease is 'Units that workers hold.';
comment on column work.lease.unit_id is 'Unit.';
comment on column work.lease.token is 'Fencing token, that of the whole batch.';
comment on column work.lease.worker_id is 'Worker.';
comment on column work.lease.batch is 'Units claimed together.';
comment on column work.lease.acquired_at is 'When it was claimed.';
comment on column work.lease.deadline is 'When it lapses, unless a heartbeat renews it.';

-- Claim a batch: rows of work.ready become one row of work.batch, and work.unit is not touched before the units settle.
create function work.claim(p_worker bigint, p_queue smallint, p_n int, p_ttl interval)
returns table (unit_id bigint, token bigint)
language plpgsql security definer set search_path = pg_catalog
-- One plan, made once: every step is a look into an index, whatever the statistics say.
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  picked tid[];
  mark work.low_water;
begin
  -- A claim need not survive a power cut, its transaction neither; said here it costs no round trip of its own.
  perform set_config('synchronous_commit', 'off', true);
  -- Units whose batch was lost go first and alone: whoever kills its worker then takes nobody along.
  picked := array(
    select c.ctid from work.ready c where c.queue = p_queue and c.solo and c.not_before = '-infinity'
    order by c.priority, c.vtime, c.unit_id limit 1 for update skip locked);
  if picked = '{}' then
    select * into mark from work.low_water w where w.queue = p_queue;
    picked := array(
      select c.ctid from work.ready c where c.queue = p_queue and not c.solo and c.not_before = '-infinity'
        and (c.priority, c.vtime) >= (coalesce(mark.priority, -32768), coalesce(mark.vtime, '-infinity'))
      order by c.priority, c.vtime, c.unit_id limit p_n for update skip locked);
  end if;
  if picked = '{}' then
    return;
  end if;
  return query
  with taken as (
    -- A row that is locked stays in its place.
    delete from work.ready r where r.ctid = any(picked) returning r.unit_id, r.priority, r.vtime
  ), leased as (
    insert into work.batch as b (token, worker_id, units, size, deadline)
    -- A claim need not survive a crash of the server, and its steps of the sequence die with it: chance makes the token
    -- new. A step for each unit, because the low-water mark goes by that.
    select (max(nextval('work.fence')) << 24) + floor(random() * 16777216)::bigint, p_worker,
           array_agg(t.unit_id order by t.priority, t.vtime, t.unit_id), count(*), clock_timestamp() + p_ttl
    from taken t
    returning b.token, b.units
  )
  select u.unit_id, l.token from leased l cross join unnest(l.units) u (unit_id);
end $$;
comment on function work.claim is 'Lease up to n ready units of a queue to a worker, in the order of the queue, under one fencing token.';

create function work.heartbeat(p_workers bigint[], p_ttl interval) returns void
language sql security definer set search_path = pg_catalog as $$
  update work.worker set last_seen = clock_timestamp() where worker_id = any(p_workers) and stopped_at is null;
  -- A batch that somebody has locked is being settled: the next heartbeat renews what is left of it. Waiting for several
  -- could end in a circle.
  update work.batch set deadline = clock_timestamp() + p_ttl where token = any(array(
    select b.token from work.batch b where b.worker_id = any(p_workers) for update skip locked));
$$;
comment on function work.heartbeat is 'Say that these workers live, and renew their leases.';
