create view public.recipe as
select d.dataset_id, dataset_type_id, d.coordinate_id, d.output_name, encode(d.content_digest, 'hex') as content_digest, d.n_rows,
       d.quantum_id, t.name as task, encode(v.code_digest, 'hex') as code_digest, v.git_commit, v.git_dirty,
       q.config_id, g.body as config, q.salt, s.compatibility_class, s.software_id, s.packages, y.name as dataset_type
from registry.dataset d
join registry.dataset_type y using (dataset_type_id)
left join registry.quantum q on q.quantum_id = d.quantum_id
left join registry.task_version v on v.task_version_id = q.task_version_id
left join registry.task t on t.task_id = v.task_id
left join registry.config g on g.config_id = q.config_id
left join work.execution e on e.execution_id = d.execution_id
left join work.worker w on w.worker_id = e.worker_id
left join registry.software s on s.software_id = w.software_id;
comment on view public.recipe is 'How each dataset was made: code, configuration and environment; the view lineage says of what.';
comment on column public.recipe.dataset_id is 'Dataset.';
comment on column public.recipe.dataset_type_id is 'Key of the dataset type.';
comment on column public.recipe.coordinate_id is 'Key of the data ID.';
comment on column public.recipe.output_name is 'Name of the output in the task.';
comment on column public.recipe.content_digest is 'SHA-256 of the logical content, hexadecimal.';
comment on column public.recipe.n_rows is 'Rows, where the dataset is a table.';
comment on column public.recipe.quantum_id is 'Quantum that made it; NULL for files from outside, as all that follows.';
comment on column public.recipe.task is 'Task.';
comment on column public.recipe.code_digest is 'SHA-256 of the code of the task, hexadecimal.';
comment on column public.recipe.git_commit is 'Commit at which that code was first seen; empty outside a checkout.';
comment on column public.recipe.git_dirty is 'Whether the checkout had uncommitted changes then.';
comment on column public.recipe.config_id is 'Key of the configuration.';
comment on column public.recipe.config is 'Every parameter that changes the result, with its value.';
comment on column public.recipe.salt is 'Above 0: recomputed on purpose.';
comment on column public.recipe.compatibility_class is 'Class of environments that are declared bit-compatible; NULL where no execution is known.';
comment on column public.recipe.software_id is 'Environment that it was made in.';
comment on column public.recipe.packages is 'Python, platform and the version of every distribution in it.';
comment on column public.recipe.dataset_type is 'Dataset type.';
