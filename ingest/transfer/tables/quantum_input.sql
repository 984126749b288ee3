-- quantum_input: The edges of the lineage.
-- export
select q.provenance_hash, r.name as role, i.ordinal, d.uid
from registry.quantum_input i join registry.quantum q using (quantum_id) join registry.role r using (role_id)
join registry.dataset d on d.dataset_id = i.dataset_id
where i.quantum_id = any(%(quanta)s) order by 1, 2, 3
-- columns
provenance_hash bytea, role text, ordinal int, uid uuid
-- take
insert into registry.quantum_input (quantum_id, role_id, ordinal, dataset_id)
select q.quantum_id, r.role_id, x.ordinal, d.dataset_id
from x join registry.quantum q using (provenance_hash) join registry.role r on r.name = x.role
join registry.dataset d using (uid) order by 1, 2, 3 on conflict do nothing
-- known
select encode(x.provenance_hash, 'hex') || ' ' || x.role || ' ' || x.ordinal, 'dataset', d.uid::text, x.uid::text
from x join registry.quantum q using (provenance_hash) join registry.role r on r.name = x.role
join registry.quantum_input i on (i.quantum_id, i.role_id, i.ordinal) = (q.quantum_id, r.role_id, x.ordinal)
join registry.dataset d on d.dataset_id = i.dataset_id where d.uid <> x.uid order by 1 limit 1
