-- unit: One work unit: its task, its image and its state.
-- :param unit int Unit.
select u.unit_id, u.run, u.task, u.instrument, u.exposure, u.detector, u.state, u.attempt, u.max_attempts, u.unmet, u.quantum_id
from work_unit u
where u.unit_id = %(unit)s::int8
