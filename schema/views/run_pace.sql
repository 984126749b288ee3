create view public.run_pace as
select x.run_id, c.name as run, x.n_ended, 60 * x.n_ended / x.s as units_per_minute, x.est_s / x.s as left_s_per_s
from (
  select u.run_id, count(*) as n_ended, sum(u.est_ms) / 1000.0::float8 as est_s,
         greatest(extract(epoch from now() - greatest(min(e.started_at), now() - interval '10 minutes')), 1)::float8 as s
  from (select unit_id, started_at, ended_at, outcome from work.execution order by execution_id desc limit 5000) e
  join work.unit u using (unit_id)
  where e.outcome in ('ok', 'reused') and e.ended_at > now() - interval '10 minutes'
  group by u.run_id
) x
join registry.collection c on c.collection_id = x.run_id;
comment on view public.run_pace is 'How fast runs go: the last 10 minutes, or the last 5000 attempts if those are fewer.';
comment on column public.run_pace.run_id is 'Key of the run in this ledger.';
comment on column public.run_pace.run is 'Run.';
comment on column public.run_pace.n_ended is 'Units that were computed or reused in that time.';
comment on column public.run_pace.units_per_minute is 'The same per minute.';
comment on column public.run_pace.left_s_per_s is 'By how much run.left_s decreases per second: run.left_s divided by this is the time left [s].';
