-- workers: Hosts that work, with their workers and what those hold; those heard of in the last hour.
select host, count(*) as n_workers, count(*) filter (where n_leased > 0) as n_busy, sum(n_leased)::int8 as n_leased,
       extract(epoch from now() - min(last_seen))::float8 as silent_s
from worker
where stopped_at is null and last_seen > now() - interval '1 hour'
group by host
order by host
