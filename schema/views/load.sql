create view public.load as
select l.load_id, l.target as catalog, c.name as run, l.state, (select count(*) from ingest.load_file f where f.load_id = l.load_id) as n_files,
       l.n_rows, l.footprint, l.merged_into, l.opened_at, l.published_at, l.retired_at
from ingest.load l join registry.collection c on c.collection_id = l.run_id;
comment on view public.load is 'Loads of the catalogs: each brought the rows of some Parquet files, and is one partition of its table.';
comment on column public.load.load_id is 'Load; load_id in the rows of the catalog.';
comment on column public.load.catalog is 'Catalog table.';
comment on column public.load.run is 'Run that loaded; of a merged load, that of its youngest part.';
comment on column public.load.state is 'open, published (its rows are in the table), retiring (they are leaving it) or retired (they left it).';
comment on column public.load.n_files is 'Datasets that it brought, a Parquet file each.';
comment on column public.load.n_rows is 'Rows, as they were counted; NULL before.';
comment on column public.load.footprint is 'Where on the sky its rows lie: ranges of nested HEALPix pixels of order 29.';
comment on column public.load.merged_into is 'Load that takes, or took, its place.';
comment on column public.load.opened_at is 'When it was opened.';
comment on column public.load.published_at is 'When its rows became visible.';
comment on column public.load.retired_at is 'When its rows had left the table; its files remain.';
