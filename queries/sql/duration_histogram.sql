-- duration_histogram: How long attempts took, by task; four bins to a factor of ten, from wall_s_from on.
-- :param run text=null Run; every run by default.
select e.task, floor(4 * log(greatest(e.wall_s, 0.001)))::int as bin,
       power(10, floor(4 * log(greatest(e.wall_s, 0.001))) / 4)::float8 as wall_s_from, count(*) as n
from execution e
where e.outcome in ('ok', 'error') and (%(run)s::text is null or e.run = %(run)s)
group by 1, 2, 3
order by 2, 1
