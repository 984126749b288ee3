create view public.saved_query as
select q.saved_query_id, q.name as saved_query, encode(q.digest, 'hex') as digest, q.body, q.author, q.created_at,
       row_number() over (partition by q.name order by q.saved_query_id) as version
from registry.saved_query q;
comment on view public.saved_query is 'Questions for datasets that were saved; each change is another version.';
comment on column public.saved_query.saved_query_id is 'Key of the saved query in this ledger.';
comment on column public.saved_query.saved_query is 'Name.';
comment on column public.saved_query.digest is 'SHA-256 of the question, hexadecimal.';
comment on column public.saved_query.body is 'The question.';
comment on column public.saved_query.author is 'Database user who saved it.';
comment on column public.saved_query.created_at is 'When it was saved (UTC).';
comment on column public.saved_query.version is 'Number of the version, from 1; the greatest is meant where none is named.';
