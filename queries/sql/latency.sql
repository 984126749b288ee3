-- latency: How long the attempts of the last day took, by task.
select * from latency order by wall_s_p95 desc, task
