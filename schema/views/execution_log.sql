create view public.execution_log as
select e.execution_id, e.unit_id, e.attempt, e.traceback, e.log from work.execution e;
comment on view public.execution_log is 'What attempts wrote: long texts, apart from the view execution.';
comment on column public.execution_log.execution_id is 'Key of the execution.';
comment on column public.execution_log.unit_id is 'Unit.';
comment on column public.execution_log.attempt is 'Number of the attempt, from 1.';
comment on column public.execution_log.traceback is 'Where the error happened; NULL when there was none, or it was forgotten.';
comment on column public.execution_log.log is 'What the task logged; NULL when it said nothing, or it was forgotten.';
