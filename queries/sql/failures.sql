-- failures: Attempts that failed or were lost, the latest first; state says what became of the unit.
-- :param run text=null Run; every run by default.
-- :param n int=100 How many.
select e.ended_at, e.run, e.task, u.instrument, u.exposure, u.detector, u.state, e.attempt, e.outcome, e.error_class, e.error,
       e.host, e.unit_id
from (
  select * from execution
  where outcome in ('error', 'lost') and (%(run)s::text is null or run = %(run)s)
  order by ended_at desc, execution_id desc
  limit %(n)s::int8
) e
-- `offset 0`: the few units are looked up one by one.
cross join lateral (select * from work_unit where unit_id = e.unit_id offset 0) u
order by e.ended_at desc, e.execution_id desc
