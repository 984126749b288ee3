create view public.dataset as
select d.dataset_id, d.uid, y.name as dataset_type, c.instrument, c.detector, c.exposure, coalesce(c.visit, e.visit) as visit,
       coalesce(c.band, f.band) as band, c.healpix, t.name as task, d.output_name, d.quantum_id, d.execution_id,
       encode(d.content_digest, 'hex') as content_digest, d.n_rows, o.file_name, o.part, d.created_at
from registry.dataset d
join registry.dataset_type y using (dataset_type_id)
join registry.coordinate c using (coordinate_id)
left join registry.exposure e on e.instrument = c.instrument and e.exposure = c.exposure
left join registry.physical_filter f on f.instrument = e.instrument and f.physical_filter = e.physical_filter
left join registry.quantum q on q.quantum_id = d.quantum_id
left join registry.task_version v on v.task_version_id = q.task_version_id
left join registry.task t on t.task_id = v.task_id
left join registry.origin o on o.dataset_id = d.dataset_id;
comment on view public.dataset is 'Datasets with their data IDs and makers.';
comment on column public.dataset.dataset_id is 'Key of the dataset in this ledger.';
comment on column public.dataset.uid is 'Identity of the dataset at every site.';
comment on column public.dataset.dataset_type is 'Dataset type, e.g. visit_image.';
comment on column public.dataset.instrument is 'Instrument, where the data ID has one.';
comment on column public.dataset.detector is 'Detector, where the data ID has one.';
comment on column public.dataset.exposure is 'Exposure, where the data ID has one.';
comment on column public.dataset.visit is 'Visit, where the data ID has one.';
comment on column public.dataset.band is 'Band of the exposure, where the data ID has one.';
comment on column public.dataset.healpix is 'HEALPix cell (4 * 4^order + pixel), where the data ID has one.';
comment on column public.dataset.task is 'Task that made it; NULL for files from outside.';
comment on column public.dataset.output_name is 'Name of the output in the task.';
comment on column public.dataset.quantum_id is 'Quantum that made it; NULL for files from outside.';
comment on column public.dataset.execution_id is 'Execution that made it; NULL for files from outside.';
comment on column public.dataset.content_digest is 'SHA-256 of the logical content, hexadecimal.';
comment on column public.dataset.n_rows is 'Rows, where the dataset is a table.';
comment on column public.dataset.file_name is 'Name of the file that came from outside; NULL for what was made here.';
comment on column public.dataset.part is 'HDU within that file.';
comment on column public.dataset.created_at is 'When it was registered.';
