-- quantum: The quanta of the run, and those that made what it read.
-- export
select q.provenance_hash, t.name as task, v.code_digest, g.digest as config, c.digest as coordinate, q.salt
from registry.quantum q join registry.task_version v using (task_version_id) join registry.task t using (task_id)
join registry.config g using (config_id) join registry.coordinate c using (coordinate_id)
where q.quantum_id = any(%(quanta)s) order by 1
-- columns
provenance_hash bytea, task text, code_digest bytea, config bytea, coordinate bytea, salt int
-- take
insert into registry.quantum (provenance_hash, task_version_id, config_id, coordinate_id, salt)
select x.provenance_hash, v.task_version_id, g.config_id, c.coordinate_id, x.salt
from x join registry.task t on t.name = x.task
join registry.task_version v on v.task_id = t.task_id and v.code_digest = x.code_digest
join registry.config g on g.digest = x.config join registry.coordinate c on c.digest = x.coordinate
order by 1 on conflict do nothing
-- known
select encode(x.provenance_hash, 'hex'), 'recipe', t.name || ' ' || encode(v.code_digest, 'hex'),
       x.task || ' ' || encode(x.code_digest, 'hex')
from x join registry.quantum q using (provenance_hash) join registry.task_version v using (task_version_id)
join registry.task t using (task_id) join registry.config g using (config_id)
join registry.coordinate c using (coordinate_id)
where (t.name, v.code_digest, g.digest, c.digest, q.salt)
      <> (x.task, x.code_digest, x.config, x.coordinate, x.salt) order by 1 limit 1
