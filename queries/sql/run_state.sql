-- run_state: One run: how far it is, how fast it goes, and how long the rest will take.
-- :param run text Run.
with settled as (
  -- How fast it goes now: the last 200 attempts that ended.
  select e.ended_at from execution e where e.run = %(run)s and e.outcome in ('ok', 'reused')
  order by e.ended_at desc limit 200
), pace as (
  select (count(*) - 1) / nullif(extract(epoch from max(s.ended_at) - min(s.ended_at)), 0)::float8 as per_s from settled s
), spent as (
  select min(e.started_at) as first_started_at, max(e.ended_at) as last_ended_at,
         sum(e.cpu_s::numeric)::float8 as cpu_s, count(*) as n_attempts,
         count(*) filter (where e.outcome in ('error', 'lost')) as n_failed_attempts
  from execution e where e.run = %(run)s
)
select r.run, r.pipeline, r.created_at, r.ended, r.n_units, r.n_done, r.n_reused, r.n_leased as n_running,
       r.n_waiting + r.n_ready as n_waiting, r.n_dead, r.n_blocked, r.n_cancelled,
       s.n_attempts, s.n_failed_attempts, s.first_started_at, s.last_ended_at, s.cpu_s,
       60 * p.per_s as units_per_minute,
       case when not r.ended then (r.n_waiting + r.n_ready + r.n_leased) / nullif(p.per_s, 0) end as remaining_s
from run r cross join spent s cross join pace p
where r.run = %(run)s::text
