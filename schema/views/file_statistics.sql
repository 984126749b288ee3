create view public.file_statistics as
select f.target as catalog, f.load_id, f.dataset_id, s.key as column_name, f.n_rows,
       case when jsonb_typeof(s.value -> 0) = 'number' then (s.value ->> 0)::float8 end as minimum,
       case when jsonb_typeof(s.value -> 1) = 'number' then (s.value ->> 1)::float8 end as maximum,
       case when jsonb_typeof(s.value -> 0) = 'string' then s.value ->> 0 end as first_text,
       case when jsonb_typeof(s.value -> 1) = 'string' then s.value ->> 1 end as last_text,
       (s.value ->> 2)::int8 as n_missing
from ingest.load l join ingest.load_file f using (load_id) cross join lateral jsonb_each(f.statistics) as s
where l.state = 'published' and f.live;
comment on view public.file_statistics is 'What each column holds in each Parquet file whose rows are in a catalog: as it was when the file was loaded.';
comment on column public.file_statistics.catalog is 'Catalog table.';
comment on column public.file_statistics.load_id is 'Load that holds the rows.';
comment on column public.file_statistics.dataset_id is 'Dataset: the Parquet file.';
comment on column public.file_statistics.column_name is 'Column of the catalog, as in SQL.';
comment on column public.file_statistics.n_rows is 'Rows of the file.';
comment on column public.file_statistics.minimum is 'Least finite number, 0 for false and 1 for true; NULL when there is none.';
comment on column public.file_statistics.maximum is 'Greatest finite number; NULL when there is none.';
comment on column public.file_statistics.first_text is 'First text in the order of its characters'' numbers; NULL for numbers.';
comment on column public.file_statistics.last_text is 'Last text in that order; NULL for numbers.';
comment on column public.file_statistics.n_missing is 'Rows in which the number is NaN or infinite.';
