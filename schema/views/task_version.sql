create view public.task_version as
select t.name as task, encode(v.code_digest, 'hex') as code_digest, v.git_commit, v.git_dirty
from registry.task_version v join registry.task t using (task_id);
comment on view public.task_version is 'Code of tasks that was ever used.';
comment on column public.task_version.task is 'Task.';
comment on column public.task_version.code_digest is 'SHA-256 of its code, hexadecimal.';
comment on column public.task_version.git_commit is 'Commit at which that code was first seen; empty outside a checkout.';
comment on column public.task_version.git_dirty is 'Whether the checkout had uncommitted changes then.';
