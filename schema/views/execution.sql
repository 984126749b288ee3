create view public.execution as
select e.execution_id, e.unit_id, c.name as run, t.name as task, e.attempt, w.host, w.pid, e.outcome, e.error_class, e.error,
       e.started_at, e.ended_at, extract(epoch from e.ended_at - e.started_at)::float8 as wall_s, e.cpu_s, e.max_rss_mb, w.software_id
from work.execution e
join work.unit u using (unit_id)
join work.worker w using (worker_id)
join registry.collection c on c.collection_id = u.run_id
join registry.quantum q using (quantum_id)
join registry.task_version v using (task_version_id)
join registry.task t using (task_id);
comment on view public.execution is 'Every attempt at a unit.';
comment on column public.execution.execution_id is 'Key of the execution.';
comment on column public.execution.unit_id is 'Unit.';
comment on column public.execution.run is 'Run.';
comment on column public.execution.task is 'Task.';
comment on column public.execution.attempt is 'Number of the attempt, from 1.';
comment on column public.execution.host is 'Host that ran it.';
comment on column public.execution.pid is 'Process on that host.';
comment on column public.execution.outcome is 'ok, reused, error or lost.';
comment on column public.execution.error_class is 'Class of the error, if any.';
comment on column public.execution.error is 'The error in one sentence.';
comment on column public.execution.started_at is 'When it began (UTC).';
comment on column public.execution.ended_at is 'When it ended (UTC).';
comment on column public.execution.wall_s is 'Duration [s].';
comment on column public.execution.cpu_s is 'CPU time [s].';
comment on column public.execution.max_rss_mb is 'Peak resident memory during the attempt [MiB].';
comment on column public.execution.software_id is 'Environment it ran in.';
