-- unit: The units of the run, as they ended. The rows of catalogs do not travel: what loads them is to be done again here.
-- export
select q.provenance_hash, n.name as queue, u.priority, u.attempt, u.max_attempts, u.est_ms,
       case when t.name = 'load_catalog' and u.state in ('done', 'reused') then 'cancelled' else u.state end as state,
       u.time_limit_s
from work.unit u join registry.quantum q using (quantum_id) join work.queue n using (queue)
join registry.task_version v using (task_version_id) join registry.task t using (task_id)
where u.run_id = %(run)s order by 1
-- columns
provenance_hash bytea, queue text, priority int2, attempt int2, max_attempts int2, est_ms int, state text,
time_limit_s int
-- take
insert into work.unit (run_id, quantum_id, queue, priority, attempt, max_attempts, est_ms, state, time_limit_s)
select %(run)s, q.quantum_id, coalesce(n.queue, 0), x.priority, x.attempt, x.max_attempts, x.est_ms, x.state,
       x.time_limit_s
from x join registry.quantum q using (provenance_hash) left join work.queue n on n.name = x.queue
order by q.quantum_id on conflict do nothing
