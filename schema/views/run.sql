create view public.run as
select r.run_id, c.name as run, r.pipeline, r.created_at,
       coalesce(u.n_units, 0) as n_units, coalesce(u.n_waiting, 0) as n_waiting,
       coalesce(u.n_ready, 0) - coalesce(l.n_leased, 0) as n_ready, coalesce(l.n_leased, 0) as n_leased,
       coalesce(u.n_done, 0) as n_done, coalesce(u.n_reused, 0) as n_reused,
       coalesce(u.n_dead, 0) as n_dead, coalesce(u.n_blocked, 0) as n_blocked, coalesce(u.n_cancelled, 0) as n_cancelled,
       coalesce(u.n_waiting + u.n_ready, 0) = 0 as ended,
       coalesce(s.paused, false) as paused, s.weight, coalesce(u.left_ms, 0) / 1000.0::float8 as left_s,
       r.inputs, r.compatibility_class
from registry.run r
join registry.collection c on c.collection_id = r.run_id
left join work.share s using (run_id)
left join (
  select x.run_id, count(*) as n_leased from work.lease join work.unit x using (unit_id) group by 1
) l using (run_id)
left join lateral (
  select count(*) as n_units,
         count(*) filter (where state = 'waiting') as n_waiting, count(*) filter (where state = 'ready') as n_ready,
         count(*) filter (where state = 'done') as n_done,
         count(*) filter (where state = 'reused') as n_reused, count(*) filter (where state = 'dead') as n_dead,
         count(*) filter (where state = 'blocked') as n_blocked,
         count(*) filter (where state = 'cancelled') as n_cancelled,
         sum(est_ms) filter (where state in ('waiting', 'ready')) as left_ms
  from work.unit where run_id = r.run_id
) u on true;
comment on view public.run is 'Runs and how far they are.';
comment on column public.run.run_id is 'Key of the run in this ledger.';
comment on column public.run.run is 'Name of the run; also the name of the collection that it fills.';
comment on column public.run.pipeline is 'Pipeline; `ingest` for what comes from outside.';
comment on column public.run.created_at is 'When it was planned.';
comment on column public.run.n_units is 'Work units.';
comment on column public.run.n_waiting is 'Units that wait for others.';
comment on column public.run.n_ready is 'Units that a worker may claim.';
comment on column public.run.n_leased is 'Units that a worker has.';
comment on column public.run.n_done is 'Units computed.';
comment on column public.run.n_reused is 'Units whose result was found when they ran.';
comment on column public.run.n_dead is 'Units that failed for good.';
comment on column public.run.n_blocked is 'Units that need a dead one.';
comment on column public.run.n_cancelled is 'Units that were taken out of the queue by hand.';
comment on column public.run.ended is 'Whether nothing waits, is ready or is leased.';
comment on column public.run.paused is 'Whether an operator paused it: nothing of it is claimed until it is resumed.';
comment on column public.run.weight is 'Share of the workers against other runs; NULL where there are no units.';
comment on column public.run.left_s is 'Expected duration of what has not ended, one unit after the other [s].';
comment on column public.run.inputs is 'Collections that were named for the plan, in order; empty where it took those that the pipeline takes by default; NULL where nobody kept it, as of runs before revision 0004.';
comment on column public.run.compatibility_class is 'Class of environments that it was planned for.';
