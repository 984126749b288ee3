create view public.tenure as
select m.collection_id, m.dataset_type_id, m.coordinate_id, m.dataset_id, m.how, '(,)'::int8range as valid, m.since, m.until
from registry.member m
union all
select v.collection_id, v.dataset_type_id, v.coordinate_id, v.dataset_id, 'certified', v.valid, v.since, v.until
from registry.calibration_validity v;
comment on view public.tenure is 'What is and was in collections: members, and calibrations with their validity; now where until is infinity.';
comment on column public.tenure.collection_id is 'Key of the collection; its name is in the view collection.';
comment on column public.tenure.dataset_type_id is 'Key of the dataset type in this ledger.';
comment on column public.tenure.coordinate_id is 'Key of the data ID in this ledger.';
comment on column public.tenure.dataset_id is 'Dataset.';
comment on column public.tenure.how is 'computed, reused, tagged, ingested or certified.';
comment on column public.tenure.valid is 'Validity of a calibration, TAI nanoseconds since 1970-01-01; everything else holds always.';
comment on column public.tenure.since is 'When it entered (UTC).';
comment on column public.tenure.until is 'When it left (UTC); infinity while it is in.';
