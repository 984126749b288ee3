-- unit_outputs: What a unit made.
-- :param unit int Unit.
select d.output_name, d.dataset_type, d.dataset_id, d.n_rows, d.created_at
from work_unit u join dataset d on d.quantum_id = u.quantum_id
where u.unit_id = %(unit)s::int8
order by d.output_name, d.dataset_id
