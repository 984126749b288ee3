-- dependency: Which unit waited for which.
-- export
select n.provenance_hash as needs, q.provenance_hash, d.soft
from work.dependency d join work.unit u using (unit_id) join registry.quantum q using (quantum_id)
join work.unit m on m.unit_id = d.needs join registry.quantum n on n.quantum_id = m.quantum_id
where u.run_id = %(run)s order by 1, 2
-- columns
needs bytea, provenance_hash bytea, soft boolean
-- take
insert into work.dependency (needs, unit_id, soft)
select m.unit_id, u.unit_id, x.soft
from x join registry.quantum q using (provenance_hash) join registry.quantum n on n.provenance_hash = x.needs
join work.unit u on u.quantum_id = q.quantum_id and u.run_id = %(run)s
join work.unit m on m.quantum_id = n.quantum_id and m.run_id = %(run)s
-- What was here already waits for what it waits for: the plan is the same.
where u.unit_id > %(last_unit)s
order by 1, 2 on conflict do nothing
