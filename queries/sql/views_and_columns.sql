-- views_and_columns: Every view that can be asked, with its columns, their types and what they mean.
select c.relname as view, obj_description(c.oid, 'pg_class') as view_description, a.attname as "column",
       format_type(a.atttypid, a.atttypmod) as type, col_description(c.oid, a.attnum) as description
from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
where n.nspname = 'public' and c.relkind = 'v' and a.attnum > 0 and not a.attisdropped
order by c.relname, a.attnum
