create view public.reproduction as
select r.reproduction_id, r.dataset_id, r.verdict, r.difference, encode(r.content_digest, 'hex') as content_digest,
       r.recorded_class, r.compatibility_class, r.cpu_s, r.author, r.created_at
from registry.reproduction r;
comment on view public.reproduction is 'Datasets that were made again from their record, and what came out.';
comment on column public.reproduction.reproduction_id is 'Key of the reproduction.';
comment on column public.reproduction.dataset_id is 'Dataset that was made again.';
comment on column public.reproduction.verdict is 'identical or different, by content.';
comment on column public.reproduction.difference is 'What differs: rows, ids, and column by column; NULL: nothing.';
comment on column public.reproduction.content_digest is 'SHA-256 of the content that came out, hexadecimal.';
comment on column public.reproduction.recorded_class is 'Compatibility class of the environment that made the dataset.';
comment on column public.reproduction.compatibility_class is 'Compatibility class of the environment it was made again in.';
comment on column public.reproduction.cpu_s is 'CPU time that it took [s].';
comment on column public.reproduction.author is 'Database user who asked for it.';
comment on column public.reproduction.created_at is 'When it was made again (UTC).';
