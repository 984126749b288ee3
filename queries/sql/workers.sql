-- workers: Hosts with workers that have not ended, and what those hold.
select host, count(*) as n_workers, count(*) filter (where n_leased > 0) as n_busy, sum(n_leased)::int8 as n_leased,
       extract(epoch from now() - min(last_seen))::float8 as silent_s
from worker
where stopped_at is null and last_seen > now() - interval '1 hour'
group by host
order by host
