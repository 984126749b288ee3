-- dead_units: Units that failed for good, the latest first, and why.
-- :param run text=null Run; every run by default.
-- :param n int=200 How many.
select u.unit_id, u.run, u.task, u.instrument, u.exposure, u.detector, u.attempt, e.error_class, e.error, e.host, e.ended_at
from execution e
-- `offset 0`: the latest failures are gone through in the order of their index, each unit is one look.
cross join lateral (select * from work_unit where unit_id = e.unit_id offset 0) u
where e.outcome in ('error', 'lost') and u.state = 'dead' and (%(run)s::text is null or u.run = %(run)s)
  and not exists (select from execution_log later where later.unit_id = e.unit_id and later.execution_id > e.execution_id offset 0)
order by e.ended_at desc, u.unit_id
limit %(n)s::int8
