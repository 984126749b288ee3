create view public.collection as
select c.collection_id, c.name as collection, c.kind, c.doc, c.created_at, c.sealed_at, f.saved_query_id, q.name as saved_query
from registry.collection c
left join registry.frozen_query f on f.collection_id = c.collection_id
left join registry.saved_query q on q.saved_query_id = f.saved_query_id;
comment on view public.collection is 'Collections: named sets of datasets.';
comment on column public.collection.collection_id is 'Key of the collection in this ledger.';
comment on column public.collection.collection is 'Name.';
comment on column public.collection.kind is 'run, tagged, chained or calibration.';
comment on column public.collection.doc is 'What it is for.';
comment on column public.collection.created_at is 'When it was made (UTC).';
comment on column public.collection.sealed_at is 'When it was sealed (UTC); NULL while it can change.';
comment on column public.collection.saved_query_id is 'Saved query whose answer it is, or NULL.';
comment on column public.collection.saved_query is 'Name of that query.';
