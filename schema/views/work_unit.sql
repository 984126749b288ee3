create view public.work_unit as
select u.unit_id, c.name as run, t.name as task, o.instrument, o.exposure, o.detector,
       case when l.unit_id is null then u.state else 'leased' end as state,
       (u.attempt + (l.unit_id is not null)::int)::smallint as attempt, u.max_attempts, u.unmet,
       u.quantum_id, u.run_id
from work.unit u
left join work.lease l using (unit_id)
join registry.collection c on c.collection_id = u.run_id
join registry.quantum q using (quantum_id)
join registry.coordinate o using (coordinate_id)
join registry.task_version v using (task_version_id)
join registry.task t using (task_id);
comment on view public.work_unit is 'Work units: quanta scheduled in a run.';
comment on column public.work_unit.unit_id is 'Key of the unit.';
comment on column public.work_unit.run is 'Run.';
comment on column public.work_unit.task is 'Task.';
comment on column public.work_unit.instrument is 'Instrument, where the data ID has one.';
comment on column public.work_unit.exposure is 'Exposure, where the data ID has one.';
comment on column public.work_unit.detector is 'Detector, where the data ID has one.';
comment on column public.work_unit.state is 'waiting, ready, leased, done, reused, dead, blocked or cancelled.';
comment on column public.work_unit.attempt is 'Attempts so far.';
comment on column public.work_unit.max_attempts is 'Attempts after which it is dead.';
comment on column public.work_unit.unmet is 'Dependencies that have not settled.';
comment on column public.work_unit.quantum_id is 'Quantum.';
comment on column public.work_unit.run_id is 'Key of the run.';
