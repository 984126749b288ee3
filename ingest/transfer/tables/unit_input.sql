-- unit_input: What units were to read.
-- export
select q.provenance_hash, r.name as role, i.ordinal, i.dataset_uid as uid
from work.unit_input i join work.unit u using (unit_id) join registry.quantum q using (quantum_id)
join registry.role r using (role_id) where u.run_id = %(run)s order by 1, 2, 3
-- columns
provenance_hash bytea, role text, ordinal int, uid uuid
-- take
insert into work.unit_input (unit_id, role_id, ordinal, dataset_uid)
select u.unit_id, r.role_id, x.ordinal, x.uid
from x join registry.quantum q using (provenance_hash) join registry.role r on r.name = x.role
join work.unit u on u.quantum_id = q.quantum_id and u.run_id = %(run)s
order by 1, 2, 3 on conflict do nothing
