-- failures: Attempts that failed or were lost, the latest first; state says what became of the unit.
-- :param run text=null Run; every run by default.
-- :param n int=100 How many.
select e.ended_at, e.run, e.task, u.instrument, u.exposure, u.detector, u.state, e.attempt, e.outcome, e.error_class, e.error,
       e.host, e.unit_id
from execution e join work_unit u using (unit_id)
where e.outcome in ('error', 'lost') and (%(run)s::text is null or e.run = %(run)s)
order by e.ended_at desc, e.execution_id desc
limit %(n)s::int8
