-- file_statistics: What one column holds in each Parquet file of a catalog, the files with most missing values first.
-- :param catalog text Catalog table, e.g. source.
-- :param column text Column of it, e.g. psfflux.
select s.dataset_id, d.instrument, d.visit, d.detector, d.band, s.n_rows, s.minimum, s.maximum, s.first_text, s.last_text,
       s.n_missing, s.load_id
from file_statistics s left join dataset d using (dataset_id)
where s.catalog = %(catalog)s::text and s.column_name = lower(%(column)s::text)
order by s.n_missing::float8 / greatest(s.n_rows, 1) desc, s.dataset_id
