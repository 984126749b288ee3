-- run_state: One run: how far it is, how fast it goes, and how long the rest will take.
-- :param run text Run.
with spent as (
  select min(e.started_at) as first_started_at, max(e.ended_at) as last_ended_at,
         sum(e.cpu_s::numeric)::float8 as cpu_s, count(*) as n_attempts,
         count(*) filter (where e.outcome in ('error', 'lost')) as n_failed_attempts
  from execution e where e.run = %(run)s
)
select r.run, r.pipeline, r.created_at, r.ended, r.n_units, r.n_done, r.n_reused, r.n_leased as n_running,
       r.n_waiting + r.n_ready as n_waiting, r.n_dead, r.n_blocked, r.n_cancelled,
       s.n_attempts, s.n_failed_attempts, s.first_started_at, s.last_ended_at, s.cpu_s, p.units_per_minute,
       case when not r.ended and not r.paused then r.left_s / p.left_s_per_s end as remaining_s, r.paused, r.weight
from run r cross join spent s left join run_pace p using (run)
where r.run = %(run)s::text
