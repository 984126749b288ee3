-- mark: What is marked now; what is bad there is bad here.
-- export
select d.uid, t.name as task, v.code_digest, g.digest as config, m.verdict, m.reason, m.author, m.created_at
from registry.mark m left join registry.dataset d using (dataset_id)
left join registry.task_version v using (task_version_id) left join registry.task t using (task_id)
left join registry.config g using (config_id)
where m.revoked_at is null and (
  m.dataset_id = any(%(datasets)s)
  or m.task_version_id in (select task_version_id from registry.quantum where quantum_id = any(%(quanta)s))
  or m.config_id in (select config_id from registry.quantum where quantum_id = any(%(quanta)s)))
order by m.created_at, m.reason, 1, 3, 4
-- columns
uid uuid, task text, code_digest bytea, config bytea, verdict text, reason text, author text, created_at timestamptz
-- take
insert into registry.mark (dataset_id, task_version_id, config_id, verdict, reason, author, created_at)
select d.dataset_id, v.task_version_id, g.config_id, x.verdict, x.reason, x.author, x.created_at
from x left join registry.dataset d using (uid) left join registry.config g on g.digest = x.config
left join registry.task t on t.name = x.task
left join registry.task_version v on v.task_id = t.task_id and v.code_digest = x.code_digest
where not exists (
  select from registry.mark m
  where (m.dataset_id, m.task_version_id, m.config_id)
        is not distinct from (d.dataset_id, v.task_version_id, g.config_id)
    and (m.verdict, m.reason, m.author, m.created_at) = (x.verdict, x.reason, x.author, x.created_at))
