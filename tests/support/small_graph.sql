-- A flat and two raws; an image of each raw; a coadd of both images, of the flat too; another output of the coadd.
insert into registry.dataset_type (name, dimensions, storage_class)
select k, '{instrument,exposure}', 'table' from unnest(array['flat', 'raw', 'image', 'coadd', 'weight']) k;
insert into registry.task (name) values ('reduce'), ('stack');
insert into registry.task_version (task_id, code_digest, git_commit, git_dirty)
select task_id, sha256(name::bytea), '', false from registry.task where name in ('reduce', 'stack');
insert into registry.role (name) values ('flat'), ('raw'), ('images');
insert into registry.quantum (provenance_hash, task_version_id, config_id, coordinate_id)
select sha256(x.q::bytea), v.task_version_id, c.config_id, o.coordinate_id
from (values ('first', 'reduce'), ('second', 'reduce'), ('last', 'stack')) x (q, task)
join registry.task t on t.name = x.task join registry.task_version v using (task_id)
join registry.config c on c.digest = sha256('one') join registry.coordinate o on o.digest = sha256('one');
insert into registry.dataset (uid, dataset_type_id, coordinate_id, quantum_id, output_name, content_digest)
select x.uid::uuid, y.dataset_type_id, o.coordinate_id, q.quantum_id, x.kind, sha256(x.uid::bytea)
from (values
  ('f1a70000-0000-0000-0000-000000000000', 'flat', null), ('a0000000-0000-0000-0000-000000000001', 'raw', null),
  ('a0000000-0000-0000-0000-000000000002', 'raw', null), ('b0000000-0000-0000-0000-000000000001', 'image', 'first'),
  ('b0000000-0000-0000-0000-000000000002', 'image', 'second'), ('c0000000-0000-0000-0000-000000000000', 'coadd', 'last'),
  ('c1000000-0000-0000-0000-000000000000', 'weight', 'last')) x (uid, kind, quantum)
join registry.dataset_type y on y.name = x.kind
left join registry.quantum q on q.provenance_hash = sha256(x.quantum::bytea)
join registry.coordinate o on o.digest = sha256('one');
insert into registry.quantum_input (quantum_id, role_id, ordinal, dataset_id)
select q.quantum_id, r.role_id, x.ordinal, d.dataset_id
from (values
  ('first', 'flat', 0, 'f1a70000-0000-0000-0000-000000000000'), ('first', 'raw', 0, 'a0000000-0000-0000-0000-000000000001'),
  ('second', 'flat', 0, 'f1a70000-0000-0000-0000-000000000000'), ('second', 'raw', 0, 'a0000000-0000-0000-0000-000000000002'),
  ('last', 'images', 0, 'b0000000-0000-0000-0000-000000000001'),
  ('last', 'images', 1, 'b0000000-0000-0000-0000-000000000002'),
  ('last', 'flat', 0, 'f1a70000-0000-0000-0000-000000000000')) x (quantum, role, ordinal, uid)
join registry.quantum q on q.provenance_hash = sha256(x.quantum::bytea)
join registry.role r on r.name = x.role join registry.dataset d on d.uid = x.uid::uuid
