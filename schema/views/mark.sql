create view public.mark as
select m.mark_id, m.verdict, m.reason, m.author, m.created_at, m.revoked_at, m.dataset_id, t.name as task,
       encode(v.code_digest, 'hex') as code_digest, g.body as config, encode(g.digest, 'hex') as config_digest
from registry.mark m
left join registry.task_version v using (task_version_id)
left join registry.task t using (task_id)
left join registry.config g on g.config_id = m.config_id;
comment on view public.mark is 'What people found bad, suspect or superseded: a dataset, the code of a task, or a configuration.';
comment on column public.mark.mark_id is 'Key of the mark.';
comment on column public.mark.verdict is 'bad, suspect or superseded.';
comment on column public.mark.reason is 'Why, in one sentence.';
comment on column public.mark.author is 'Database user who marked.';
comment on column public.mark.created_at is 'When it was marked (UTC).';
comment on column public.mark.revoked_at is 'When the mark was taken back (UTC); NULL while it holds.';
comment on column public.mark.dataset_id is 'Marked dataset.';
comment on column public.mark.task is 'Task whose code is marked.';
comment on column public.mark.code_digest is 'SHA-256 of the marked code, hexadecimal.';
comment on column public.mark.config is 'Marked configuration.';
comment on column public.mark.config_digest is 'SHA-256 of the marked configuration, hexadecimal.';
