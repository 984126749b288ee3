create view public.worker as
select w.worker_id, w.host, w.pid, w.software_id, w.started_at, w.last_seen, w.stopped_at, coalesce(l.n, 0) as n_leased
from work.worker w
left join (select worker_id, sum(cardinality(units)) as n from work.batch group by 1) l using (worker_id);
comment on view public.worker is 'Worker processes, those that have ended too.';
comment on column public.worker.worker_id is 'Key of the worker.';
comment on column public.worker.host is 'Host.';
comment on column public.worker.pid is 'Process on that host.';
comment on column public.worker.software_id is 'Environment.';
comment on column public.worker.started_at is 'When it began (UTC).';
comment on column public.worker.last_seen is 'Its last heartbeat (UTC).';
comment on column public.worker.stopped_at is 'When it ended, as far as known (UTC).';
comment on column public.worker.n_leased is 'Units that it holds.';
