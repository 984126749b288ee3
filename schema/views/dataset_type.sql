create view public.dataset_type as
select y.dataset_type_id, y.name as dataset_type, y.dimensions, y.storage_class from registry.dataset_type y;
comment on view public.dataset_type is 'Dataset types: what kinds of product there are.';
comment on column public.dataset_type.dataset_type_id is 'Key of the dataset type in this ledger.';
comment on column public.dataset_type.dataset_type is 'Name, e.g. visit_image.';
comment on column public.dataset_type.dimensions is 'Dimensions of its data IDs, sorted.';
comment on column public.dataset_type.storage_class is 'How bytes become an object: file, image, table or json.';
