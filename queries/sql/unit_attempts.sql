-- unit_attempts: Every attempt at a unit: outcome, error, traceback, log.
-- :param unit int Unit.
select e.attempt, e.outcome, e.started_at, e.ended_at, e.wall_s, e.cpu_s, e.max_rss_mb, e.host, e.pid, e.error_class, e.error,
       g.traceback, g.log, e.execution_id
from execution e left join execution_log g using (execution_id)
where e.unit_id = %(unit)s::int8
order by e.execution_id
