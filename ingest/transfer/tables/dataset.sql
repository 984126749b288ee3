-- dataset: Datasets, by which attempt; NULL where that was in another run.
-- export
select d.uid, y.name as dataset_type, c.digest as coordinate, q.provenance_hash, d.output_name, d.content_digest,
       d.n_rows, e.attempt, e.token, e.started_at
from registry.dataset d join registry.dataset_type y using (dataset_type_id)
join registry.coordinate c using (coordinate_id) left join registry.quantum q using (quantum_id)
left join (work.execution e join work.unit u on u.unit_id = e.unit_id and u.run_id = %(run)s)
  on e.execution_id = d.execution_id
where d.dataset_id = any(%(datasets)s) order by 1
-- columns
uid uuid, dataset_type text, coordinate bytea, provenance_hash bytea, output_name text, content_digest bytea,
n_rows int8, attempt int2, token int8, started_at timestamptz
-- take
insert into registry.dataset (uid, dataset_type_id, coordinate_id, quantum_id, output_name, execution_id,
                              content_digest, n_rows)
select x.uid, y.dataset_type_id, c.coordinate_id, q.quantum_id, x.output_name, e.execution_id, x.content_digest, x.n_rows
from x join registry.dataset_type y on y.name = x.dataset_type join registry.coordinate c on c.digest = x.coordinate
left join registry.quantum q using (provenance_hash)
left join work.unit u on u.quantum_id = q.quantum_id and u.run_id = %(run)s
left join work.execution e on (e.unit_id, e.attempt, e.token, e.started_at) = (u.unit_id, x.attempt, x.token, x.started_at)
order by x.uid on conflict do nothing
-- known
select x.dataset_type || ' ' || x.uid, 'content_digest', encode(d.content_digest, 'hex'), encode(x.content_digest, 'hex')
from x join registry.dataset d using (uid) where d.content_digest <> x.content_digest
union all
select x.dataset_type || ' ' || x.uid, 'type, coordinate, output and number of rows',
       concat_ws(' ', y.name, encode(c.digest, 'hex'), d.output_name, d.n_rows),
       concat_ws(' ', x.dataset_type, encode(x.coordinate, 'hex'), x.output_name, x.n_rows)
from x join registry.dataset d using (uid) join registry.dataset_type y using (dataset_type_id)
join registry.coordinate c using (coordinate_id) left join registry.quantum q using (quantum_id)
where (y.name, c.digest, q.provenance_hash, d.output_name, d.n_rows)
      is distinct from (x.dataset_type, x.coordinate, x.provenance_hash, x.output_name, x.n_rows)
order by 1 limit 1
