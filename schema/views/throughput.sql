create view public.throughput as
select date_trunc('minute', e.ended_at) as minute, e.task, e.outcome, count(*) as n, sum(e.cpu_s::numeric)::float8 as cpu_s
from public.execution e
where e.ended_at > now() - interval '1 day'
group by 1, 2, 3;
comment on view public.throughput is 'Attempts that ended in each minute of the last day, by task and outcome.';
comment on column public.throughput.minute is 'Minute in which they ended (UTC).';
comment on column public.throughput.task is 'Task.';
comment on column public.throughput.outcome is 'ok, reused, error or lost.';
comment on column public.throughput.n is 'Attempts.';
comment on column public.throughput.cpu_s is 'CPU time [s].';
