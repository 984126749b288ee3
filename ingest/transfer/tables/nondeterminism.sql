-- nondeterminism: Attempts of the run that gave something else.
-- export
select q.provenance_hash, n.output_name, e.attempt, e.token, e.started_at, n.expected, n.got
from registry.nondeterminism n join work.execution e using (execution_id) join work.unit u using (unit_id)
join registry.quantum q on q.quantum_id = n.quantum_id where u.run_id = %(run)s order by 1, 2, 3, 4, 5
-- columns
provenance_hash bytea, output_name text, attempt int2, token int8, started_at timestamptz, expected bytea, got bytea
-- take
insert into registry.nondeterminism (quantum_id, output_name, execution_id, expected, got)
select q.quantum_id, x.output_name, e.execution_id, x.expected, x.got
from x join registry.quantum q using (provenance_hash)
join work.unit u on u.quantum_id = q.quantum_id and u.run_id = %(run)s
join work.execution e on (e.unit_id, e.attempt, e.token, e.started_at) = (u.unit_id, x.attempt, x.token, x.started_at)
where not exists (select from registry.nondeterminism n
                  where (n.quantum_id, n.output_name, n.execution_id) = (q.quantum_id, x.output_name, e.execution_id))
