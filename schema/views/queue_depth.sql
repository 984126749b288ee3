create view public.queue_depth as
select q.queue, q.name as class, c.name as run,
       count(*) filter (where x.waits and x.not_before = '-infinity') as n_ready,
       count(*) filter (where x.waits and x.not_before > '-infinity' and x.not_before < 'infinity') as n_backing_off,
       count(*) filter (where x.waits and x.not_before = 'infinity') as n_paused,
       count(*) filter (where not x.waits) as n_leased,
       extract(epoch from clock_timestamp() - min(x.since) filter (where x.waits and x.not_before = '-infinity'))::float8 as oldest_ready_s,
       extract(epoch from clock_timestamp() - min(x.since) filter (where not x.waits))::float8 as oldest_lease_s
from (
  select r.unit_id, r.queue, r.since, r.not_before, true as waits from work.ready r
  union all
  select l.unit_id, null, l.acquired_at, null, false from work.lease l
) x
join work.unit u using (unit_id)
join work.queue q on q.queue = coalesce(x.queue, u.queue)
join registry.collection c on c.collection_id = u.run_id
group by q.queue, q.name, c.name;
comment on view public.queue_depth is 'What lies in the queues and what workers hold, by queue and run.';
comment on column public.queue_depth.queue is 'Number of the queue.';
comment on column public.queue_depth.class is 'Class of resources that the queue is of: normal, large, huge or one of your own.';
comment on column public.queue_depth.run is 'Run.';
comment on column public.queue_depth.n_ready is 'Units that may be claimed now.';
comment on column public.queue_depth.n_backing_off is 'Units that failed and wait before the next attempt.';
comment on column public.queue_depth.n_paused is 'Units of a run that an operator paused.';
comment on column public.queue_depth.n_leased is 'Units that a worker holds.';
comment on column public.queue_depth.oldest_ready_s is 'How long the unit that waits longest has been ready [s].';
comment on column public.queue_depth.oldest_lease_s is 'How long the oldest lease has been held [s].';
