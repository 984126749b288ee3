-- attempts: Attempts that ended in the last hour, by task and outcome.
select task, outcome, sum(n)::int8 as n
from throughput
where minute > now() - interval '1 hour'
group by task, outcome
order by task, outcome
