create view public.table_size as
select s.schemaname || '.' || s.relname as table_name, s.n_live_tup as n_live, s.n_dead_tup as n_dead,
       pg_table_size(s.relid) as table_bytes, pg_indexes_size(s.relid) as index_bytes,
       greatest(s.last_vacuum, s.last_autovacuum) as vacuumed_at, greatest(s.last_analyze, s.last_autoanalyze) as analyzed_at
from pg_stat_user_tables s
where s.schemaname in ('registry', 'work', 'ingest', 'quality', 'catalog_part');
comment on view public.table_size is 'Size and bloat of every table; many dead rows that stay mean that a long snapshot holds them.';
comment on column public.table_size.table_name is 'Table.';
comment on column public.table_size.n_live is 'Rows, estimated.';
comment on column public.table_size.n_dead is 'Dead rows that no vacuum has taken away, estimated.';
comment on column public.table_size.table_bytes is 'Size of the table [byte].';
comment on column public.table_size.index_bytes is 'Size of its indexes [byte].';
comment on column public.table_size.vacuumed_at is 'Last vacuum (UTC).';
comment on column public.table_size.analyzed_at is 'Last time its statistics were taken (UTC).';
