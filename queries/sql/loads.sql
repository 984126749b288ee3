-- loads: What was loaded into the catalogs, the latest first.
-- :param catalog text=null Catalog table; all by default.
-- :param state text=null State, e.g. published; all by default.
select l.load_id, l.catalog, l.run, l.state, l.n_files, l.n_rows, l.merged_into, l.opened_at, l.published_at, l.retired_at
from load l
where (%(catalog)s::text is null or l.catalog = %(catalog)s) and (%(state)s::text is null or l.state = %(state)s)
order by l.load_id desc
