-- throughput: Attempts that ended in each interval of the last hours, by task and outcome.
-- :param hours int=24 How far back, at most 24.
-- :param minutes int=10 Length of an interval.
select date_bin(make_interval(mins => %(minutes)s), minute, 'epoch') as since, task, outcome, sum(n)::int8 as n, sum(cpu_s::numeric)::float8 as cpu_s
from throughput
where minute > now() - make_interval(hours => %(hours)s)
group by 1, 2, 3
order by 1, 2, 3
