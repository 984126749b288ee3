-- run_summary: State, cost and rows of each task of a run.
-- :param run text=null Run; every run by default.
with counted as (
  select run, task, count(*) as n_units,
         count(*) filter (where state in ('waiting', 'ready')) as n_waiting,
         count(*) filter (where state = 'leased') as n_leased,
         count(*) filter (where state = 'done') as n_done,
         count(*) filter (where state = 'reused') as n_reused,
         count(*) filter (where state = 'dead') as n_dead,
         count(*) filter (where state = 'blocked') as n_blocked,
         count(*) filter (where state = 'cancelled') as n_cancelled,
         min(unit_id) as first_unit
  from work_unit
  where %(run)s::text is null or run = %(run)s
  group by 1, 2
), made as (
  -- Of one run by the index on quanta: without `offset 0` the datasets of all other runs are read as well.
  select u.run, u.task, d.n_rows
  from work_unit u cross join lateral (select n_rows from dataset where quantum_id = u.quantum_id offset 0) d
  where u.run = %(run)s
  union all
  -- Of all runs one after the other: to look a million up takes five times as long.
  select u.run, u.task, d.n_rows
  from work_unit u join dataset d on d.quantum_id = u.quantum_id
  where %(run)s::text is null
), produced as (
  select run, task, sum(n_rows)::int8 as n_rows
  from made
  group by 1, 2
), spent as (
  select run, task, count(*) as n_executions, sum(wall_s::numeric)::float8 as wall_s, sum(cpu_s::numeric)::float8 as cpu_s,
         min(started_at) as first_started_at
  from execution
  where %(run)s::text is null or run = %(run)s
  group by 1, 2
)
select c.run, c.task, c.n_units, c.n_waiting, c.n_leased, c.n_done, c.n_reused, c.n_dead, c.n_blocked, c.n_cancelled,
       s.n_executions, s.wall_s, s.cpu_s, p.n_rows
from counted c
left join spent s using (run, task)
left join produced p using (run, task)
order by c.run, s.first_started_at, c.first_unit
