-- execution: Every attempt at a unit, with its cost.
-- export
select q.provenance_hash, e.attempt, e.token, w.host, w.pid, w.started_at as worker_started_at, e.started_at,
       e.ended_at, e.outcome, e.error_class, e.error, e.traceback, e.log, e.cpu_s, e.max_rss_mb
from work.execution e join work.unit u using (unit_id) join registry.quantum q using (quantum_id)
join work.worker w using (worker_id)
where u.run_id = %(run)s order by 1, e.attempt, e.token, e.execution_id
-- columns
provenance_hash bytea, attempt int2, token int8, host text, pid int, worker_started_at timestamptz,
started_at timestamptz, ended_at timestamptz, outcome text, error_class text, error text, traceback text, log text,
cpu_s float8, max_rss_mb float8
-- take
insert into work.execution (unit_id, attempt, token, worker_id, started_at, ended_at, outcome, error_class, error,
                            traceback, log, cpu_s, max_rss_mb)
select u.unit_id, x.attempt, x.token, w.worker_id, x.started_at, x.ended_at, x.outcome, x.error_class, x.error,
       x.traceback, x.log, x.cpu_s, x.max_rss_mb
from x join registry.quantum q using (provenance_hash)
join work.unit u on u.quantum_id = q.quantum_id and u.run_id = %(run)s
join work.worker w on (w.host, w.pid, w.started_at) = (x.host, x.pid, x.worker_started_at)
where not exists (select from work.execution e
                  where (e.unit_id, e.attempt, e.token, e.started_at)
                        = (u.unit_id, x.attempt, x.token, x.started_at))
order by x.ended_at, u.unit_id
-- known
select encode(x.provenance_hash, 'hex') || ' ' || x.attempt, 'outcome', e.outcome || ' at ' || e.ended_at,
       x.outcome || ' at ' || x.ended_at
from x join registry.quantum q using (provenance_hash)
join work.unit u on u.quantum_id = q.quantum_id and u.run_id = %(run)s
join work.execution e on (e.unit_id, e.attempt, e.token, e.started_at) = (u.unit_id, x.attempt, x.token, x.started_at)
where (e.outcome, e.ended_at) <> (x.outcome, x.ended_at) order by 1 limit 1
