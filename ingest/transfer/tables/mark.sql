-- mark: What was marked, and what of it was taken back. Whatever was taken back anywhere holds nowhere.
-- export
select d.uid, t.name as task, v.code_digest, g.digest as config, m.verdict, m.reason, m.author, m.created_at, m.revoked_at
from registry.mark m left join registry.dataset d using (dataset_id)
left join registry.task_version v using (task_version_id) left join registry.task t using (task_id)
left join registry.config g using (config_id)
where m.dataset_id = any(%(datasets)s)
  or m.task_version_id in (select task_version_id from registry.quantum where quantum_id = any(%(quanta)s))
  or m.config_id in (select config_id from registry.quantum where quantum_id = any(%(quanta)s))
order by m.created_at, m.reason, 1, 3, 4
-- columns
uid uuid, task text, code_digest bytea, config bytea, verdict text, reason text, author text, created_at timestamptz,
revoked_at timestamptz
-- take
, named as materialized (
  select row_number() over () as n, d.dataset_id, v.task_version_id, g.config_id,
         x.verdict, x.reason, x.author, x.created_at, x.revoked_at
  from x left join registry.dataset d using (uid) left join registry.config g on g.digest = x.config
  left join registry.task t on t.name = x.task
  left join registry.task_version v on v.task_id = t.task_id and v.code_digest = x.code_digest
), known as materialized (
  select n.n, n.revoked_at, m.mark_id
  from named n join registry.mark m
    on (m.verdict, m.reason, m.author, m.created_at) = (n.verdict, n.reason, n.author, n.created_at)
   and (m.dataset_id, m.task_version_id, m.config_id)
       is not distinct from (n.dataset_id, n.task_version_id, n.config_id)
), taken_back as (
  -- Here it held until now.
  update registry.mark m set revoked_at = clock_timestamp()
  from known k where k.mark_id = m.mark_id and m.revoked_at is null and k.revoked_at is not null
)
insert into registry.mark (dataset_id, task_version_id, config_id, verdict, reason, author, created_at, revoked_at)
select n.dataset_id, n.task_version_id, n.config_id, n.verdict, n.reason, n.author, n.created_at,
       case when n.revoked_at is not null then least(n.revoked_at, clock_timestamp()) end  -- a clock there may be ahead
from named n where not exists (select from known k where k.n = n.n) order by n.n
