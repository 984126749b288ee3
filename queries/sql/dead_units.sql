-- dead_units: Units that failed for good, the latest first, and why.
-- :param run text=null Run; every run by default.
-- :param n int=200 How many.
select u.unit_id, u.run, u.task, u.instrument, u.exposure, u.detector, u.attempt, e.error_class, e.error, e.host, e.ended_at
from work_unit u
cross join lateral (
  select x.error_class, x.error, x.host, x.ended_at from execution x where x.unit_id = u.unit_id
  order by x.execution_id desc limit 1
) e
where u.state = 'dead' and (%(run)s::text is null or u.run = %(run)s)
order by e.ended_at desc, u.unit_id
limit %(n)s::int8
