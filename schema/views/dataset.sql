create view public.dataset as
select d.dataset_id, d.uid, y.name as dataset_type, c.instrument, c.detector, c.exposure, coalesce(c.visit, e.visit) as visit,
       coalesce(c.band, f.band) as band, c.healpix, t.name as task, d.output_name, d.quantum_id, d.execution_id,
       encode(d.content_digest, 'hex') as content_digest, d.n_rows, o.file_name, o.part, d.created_at,
       encode(v.code_digest, 'hex') as code_digest, v.git_commit, v.git_dirty, g.body as config,
       -- Not a join: a query that does not ask for the path does not pay for it.
       (select a.path from registry.artifact a
        where a.content_digest = d.content_digest and a.part = coalesce(o.part, '') and a.state = 'present'
        order by a.artifact_id limit 1) as path,
       encode(g.digest, 'hex') as config_digest,
       d.coordinate_id, coalesce(c.physical_filter, e.physical_filter) as physical_filter,
       coalesce(c.day_obs, e.day_obs) as day_obs, e.obs_start_mjd_tai, e.exp_time,
       c.skymap, c.tract, c.patch, c.cell, c.subfilter
from registry.dataset d
join registry.dataset_type y using (dataset_type_id)
join registry.coordinate c using (coordinate_id)
left join registry.exposure e on e.instrument = c.instrument and e.exposure = c.exposure
left join registry.physical_filter f on f.instrument = e.instrument and f.physical_filter = e.physical_filter
left join registry.quantum q on q.quantum_id = d.quantum_id
left join registry.task_version v on v.task_version_id = q.task_version_id
left join registry.task t on t.task_id = v.task_id
left join registry.config g on g.config_id = q.config_id
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
comment on column public.dataset.code_digest is 'SHA-256 of the code of the task, hexadecimal; NULL for files from outside.';
comment on column public.dataset.git_commit is 'Commit at which that code was first seen; empty outside a checkout.';
comment on column public.dataset.git_dirty is 'Whether the checkout had uncommitted changes then.';
comment on column public.dataset.config is 'Every parameter that changes the result, with its value; NULL for files from outside.';
comment on column public.dataset.path is 'File that holds it, below the root of the store; NULL when none is left.';
comment on column public.dataset.config_digest is 'SHA-256 of the configuration, hexadecimal; NULL for files from outside.';
comment on column public.dataset.coordinate_id is 'Key of the data ID in this ledger.';
comment on column public.dataset.physical_filter is 'Filter in the camera''s own words, where the data ID has one.';
comment on column public.dataset.day_obs is 'Observing night, YYYYMMDD, where the data ID has one.';
comment on column public.dataset.obs_start_mjd_tai is 'Opening of the shutter of the exposure, MJD (TAI) [d].';
comment on column public.dataset.exp_time is 'Exposure time [s].';
comment on column public.dataset.skymap is 'Skymap, where the data ID has one.';
comment on column public.dataset.tract is 'Tract of the skymap, where the data ID has one.';
comment on column public.dataset.patch is 'Patch of the tract, where the data ID has one.';
comment on column public.dataset.cell is 'Cell of the patch, where the data ID has one.';
comment on column public.dataset.subfilter is 'Part of the band, where the data ID has one.';
