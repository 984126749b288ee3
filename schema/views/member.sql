create view public.member as
select c.name as collection, c.kind, m.dataset_id, m.how, m.since
from registry.member m join registry.collection c on c.collection_id = m.collection_id
where m.until = 'infinity';
comment on view public.member is 'Which datasets are in which run or collection now; rows of a catalog belong to a run by their dataset_id.';
comment on column public.member.collection is 'Name of the run or collection.';
comment on column public.member.kind is 'run, tagged, chained or calibration.';
comment on column public.member.dataset_id is 'Dataset.';
comment on column public.member.how is 'computed, reused, tagged or ingested.';
comment on column public.member.since is 'When it entered (UTC).';
