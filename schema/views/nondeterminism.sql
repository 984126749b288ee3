create view public.nondeterminism as
select n.nondeterminism_id, n.created_at, t.name as task, c.instrument, c.visit, c.exposure, c.detector, n.output_name, d.dataset_id,
       q.salt, encode(n.expected, 'hex') as expected, encode(n.got, 'hex') as got, n.execution_id, w.host, n.quantum_id,
       array(
         select o.dataset_id from registry.dataset o join registry.quantum p on p.quantum_id = o.quantum_id
         where q.salt > 0 and o.content_digest = n.expected and o.output_name = n.output_name and o.quantum_id <> n.quantum_id
           and (p.task_version_id, p.config_id, p.coordinate_id) = (q.task_version_id, q.config_id, q.coordinate_id)
         order by 1) as original_ids
from registry.nondeterminism n
join registry.quantum q on q.quantum_id = n.quantum_id
join registry.task_version v on v.task_version_id = q.task_version_id
join registry.task t on t.task_id = v.task_id
join registry.coordinate c on c.coordinate_id = q.coordinate_id
left join registry.dataset d on d.quantum_id = n.quantum_id and d.output_name = n.output_name
left join work.execution e on e.execution_id = n.execution_id
left join work.worker w on w.worker_id = e.worker_id;
comment on view public.nondeterminism is 'Outputs that came out differently when the same recipe ran again on equal content.';
comment on column public.nondeterminism.nondeterminism_id is 'Key of the finding.';
comment on column public.nondeterminism.created_at is 'When it was seen (UTC).';
comment on column public.nondeterminism.task is 'Task.';
comment on column public.nondeterminism.instrument is 'Instrument of the data ID.';
comment on column public.nondeterminism.visit is 'Visit of the data ID.';
comment on column public.nondeterminism.exposure is 'Exposure of the data ID.';
comment on column public.nondeterminism.detector is 'Detector of the data ID.';
comment on column public.nondeterminism.output_name is 'Output that differed.';
comment on column public.nondeterminism.dataset_id is 'Dataset that is registered for that output of the quantum.';
comment on column public.nondeterminism.salt is 'Above 0: it was recomputed on purpose, and differs from what was there before.';
comment on column public.nondeterminism.expected is 'SHA-256 of the content that was known, hexadecimal.';
comment on column public.nondeterminism.got is 'SHA-256 of the content that came out, hexadecimal.';
comment on column public.nondeterminism.execution_id is 'Execution that differed.';
comment on column public.nondeterminism.host is 'Host that it ran on; NULL where its record was pruned.';
comment on column public.nondeterminism.quantum_id is 'Quantum.';
comment on column public.nondeterminism.original_ids is
'Of what was recomputed on purpose, the datasets of the same recipe with the content that was known.';
