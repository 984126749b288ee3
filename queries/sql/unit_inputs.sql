-- unit_inputs: What a unit reads; a dataset without a key was not made yet.
-- :param unit int Unit.
select i.role, i.ordinal, d.dataset_type, d.instrument, d.exposure, d.detector, d.file_name, d.dataset_id, i.uid
from unit_input i left join dataset d on d.uid = i.uid
where i.unit_id = %(unit)s::int8
order by i.role, i.ordinal
