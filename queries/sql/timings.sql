-- timings: Duration, CPU time and peak memory of each task, from executions that computed something.
-- :param run text=null Run; every run by default.
select e.task, count(*) as n,
       percentile_cont(0.5) within group (order by e.wall_s) as wall_s_median,
       percentile_cont(0.95) within group (order by e.wall_s) as wall_s_p95,
       percentile_cont(0.5) within group (order by e.cpu_s) as cpu_s_median,
       percentile_cont(0.95) within group (order by e.cpu_s) as cpu_s_p95,
       sum(e.cpu_s::numeric)::float8 as cpu_s,
       max(e.max_rss_mb) as max_rss_mb
from execution e
where e.outcome = 'ok' and (%(run)s::text is null or e.run = %(run)s)
group by e.task
order by sum(e.cpu_s::numeric) desc, e.task
