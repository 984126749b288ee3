create view public.load_file as
select f.dataset_id, f.target as catalog, f.load_id, f.n_rows
from ingest.load_file f join ingest.load l using (load_id)
where f.live and l.state = 'published';
comment on view public.load_file is 'Parquet files whose rows are in a catalog now, and the load that holds them.';
comment on column public.load_file.dataset_id is 'Dataset: the Parquet file.';
comment on column public.load_file.catalog is 'Catalog table.';
comment on column public.load_file.load_id is 'Load; load_id in the rows of the catalog.';
comment on column public.load_file.n_rows is 'Rows of the file.';
