-- unit_outputs: What a unit made.
-- :param unit int Unit.
select d.output_name, d.dataset_type, d.dataset_id, d.n_rows, d.created_at
from work_unit u
-- `offset 0`: a quantum has few datasets, found by the index on it.
cross join lateral (select * from dataset where quantum_id = u.quantum_id offset 0) d
where u.unit_id = %(unit)s::int8
order by d.output_name, d.dataset_id
