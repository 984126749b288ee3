create view public.failure_class as
select coalesce(e.error_class, e.outcome) as error_class, e.task, count(*) as n, count(distinct e.unit_id) as n_units,
       count(distinct e.unit_id) filter (where u.state = 'dead') as n_dead, max(e.ended_at) as latest,
       (array_agg(e.error order by e.execution_id desc))[1] as example
from public.execution e
join work.unit u using (unit_id)
where e.ended_at > now() - interval '1 day' and e.outcome in ('error', 'lost')
  -- Who cancels a run takes units away; nothing failed.
  and e.error_class is distinct from 'CalledOff'
group by 1, 2;
comment on view public.failure_class is 'Attempts that failed in the last day, by the class of the error and task.';
comment on column public.failure_class.error_class is 'Class of the error; LeaseLost where a worker died or fell silent.';
comment on column public.failure_class.task is 'Task.';
comment on column public.failure_class.n is 'Attempts.';
comment on column public.failure_class.n_units is 'Units.';
comment on column public.failure_class.n_dead is 'Units that are dead now.';
comment on column public.failure_class.latest is 'When the latest failed (UTC).';
comment on column public.failure_class.example is 'What the latest one said.';
