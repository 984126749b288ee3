create view public.latency as
select e.task, count(*) as n,
       percentile_cont(0.5) within group (order by e.wall_s) as wall_s_median,
       percentile_cont(0.95) within group (order by e.wall_s) as wall_s_p95,
       max(e.wall_s) as wall_s_max,
       max(e.max_rss_mb) as max_rss_mb
from public.execution e
where e.ended_at > now() - interval '1 day' and e.outcome = 'ok'
group by 1;
comment on view public.latency is 'How long the attempts took that ended well in the last day, by task.';
comment on column public.latency.task is 'Task.';
comment on column public.latency.n is 'Attempts.';
comment on column public.latency.wall_s_median is 'Half of them took less [s].';
comment on column public.latency.wall_s_p95 is '95 of 100 took less [s].';
comment on column public.latency.wall_s_max is 'The longest [s].';
comment on column public.latency.max_rss_mb is 'The largest peak of resident memory [MiB].';
