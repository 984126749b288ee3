-- worker: The processes that did the work; here they never work.
-- export
select w.host, w.pid, s.digest as software, w.started_at, w.last_seen, coalesce(w.stopped_at, w.last_seen) as stopped_at
from work.worker w join registry.software s using (software_id)
where w.worker_id in (select e.worker_id from work.execution e join work.unit u using (unit_id)
                      where u.run_id = %(run)s) order by w.started_at, w.host, w.pid
-- columns
host text, pid int, software bytea, started_at timestamptz, last_seen timestamptz, stopped_at timestamptz
-- take
insert into work.worker (host, pid, software_id, started_at, last_seen, stopped_at)
select x.host, x.pid, s.software_id, x.started_at, x.last_seen, x.stopped_at
from x join registry.software s on s.digest = x.software
where not exists (select from work.worker w
                  where (w.host, w.pid, w.started_at) = (x.host, x.pid, x.started_at))
order by x.started_at, x.host, x.pid
