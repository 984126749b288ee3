create view public.chain as
select n.parent as collection_id, p.name as collection, n.position, n.child as child_id, c.name as child, n.since, n.until
from registry.collection_chain n
join registry.collection p on p.collection_id = n.parent
join registry.collection c on c.collection_id = n.child;
comment on view public.chain is 'The search order of chained collections, now (until infinity) and as it was.';
comment on column public.chain.collection_id is 'Key of the chained collection.';
comment on column public.chain.collection is 'Chained collection.';
comment on column public.chain.position is 'Place in the search order, from 0.';
comment on column public.chain.child_id is 'Key of the collection that is searched there.';
comment on column public.chain.child is 'Collection that is searched there.';
comment on column public.chain.since is 'When it was put there (UTC).';
comment on column public.chain.until is 'When it left that place (UTC); infinity while it is there.';
