-- queue_depth: What lies in the queues and what workers hold, by queue and run.
select * from queue_depth order by queue, run
