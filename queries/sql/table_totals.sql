-- table_totals: Size and dead rows of every table, of a catalog with all its partitions.
select regexp_replace(table_name, '^catalog_part\.(.+)_l\d+_t\d+$', 'catalog.\1') as table_name, count(*) as n_parts,
       sum(n_live)::int8 as n_live, sum(n_dead)::int8 as n_dead, sum(table_bytes)::int8 as table_bytes,
       sum(index_bytes)::int8 as index_bytes
from table_size
group by 1
order by 1
