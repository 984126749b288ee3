-- run_summary: State, cost and rows of each task of a run.
-- :param run text=null Run; every run by default.
with produced as (
  select u.run, u.task, sum(d.n_rows)::int8 as n_rows
  from work_unit u
  -- `offset 0`: by the index on quanta; without, the datasets of all other runs are read as well.
  cross join lateral (select n_rows from dataset where quantum_id = u.quantum_id offset 0) d
  where %(run)s::text is null or u.run = %(run)s
  group by 1, 2
), spent as (
  select e.run, e.task, count(*) as n_executions, sum(e.wall_s::numeric)::float8 as wall_s, sum(e.cpu_s::numeric)::float8 as cpu_s,
         min(e.started_at) as first_started_at
  from execution e
  where %(run)s::text is null or e.run = %(run)s
  group by 1, 2
)
select u.run, u.task, count(*) as n_units,
       count(*) filter (where u.state in ('waiting', 'ready')) as n_waiting,
       count(*) filter (where u.state = 'leased') as n_leased,
       count(*) filter (where u.state = 'done') as n_done,
       count(*) filter (where u.state = 'reused') as n_reused,
       count(*) filter (where u.state = 'dead') as n_dead,
       count(*) filter (where u.state = 'blocked') as n_blocked,
       count(*) filter (where u.state = 'cancelled') as n_cancelled,
       s.n_executions, s.wall_s, s.cpu_s, p.n_rows
from work_unit u
left join spent s using (run, task)
left join produced p using (run, task)
where %(run)s::text is null or u.run = %(run)s
group by u.run, u.task, s.n_executions, s.wall_s, s.cpu_s, p.n_rows, s.first_started_at
order by u.run, s.first_started_at, min(u.unit_id)
