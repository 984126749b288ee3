-- slowest_executions: The attempts that took longest, and on which image.
-- :param run text=null Run; every run by default.
-- :param task text=null Task; all by default.
-- :param n int=20 How many.
select e.wall_s, e.cpu_s, e.max_rss_mb, e.run, e.task, u.instrument, u.exposure, u.detector, e.attempt, e.outcome, e.host,
       e.started_at, e.unit_id, e.execution_id
from (
  select * from execution
  where (%(run)s::text is null or run = %(run)s) and (%(task)s::text is null or task = %(task)s)
  order by wall_s desc, execution_id
  limit %(n)s::int8
) e
-- `offset 0`: the few units are looked up one by one.
cross join lateral (select * from work_unit where unit_id = e.unit_id offset 0) u
order by e.wall_s desc, e.execution_id
