-- table_sizes: The largest tables with their dead rows.
-- :param n int=30 How many.
select * from table_size order by table_bytes + index_bytes desc, table_name limit %(n)s::int8
