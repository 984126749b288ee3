-- task_version: The code of the tasks.
-- export
select t.name as task, v.code_digest, v.git_commit, v.git_dirty
from registry.task_version v join registry.task t using (task_id)
where v.task_version_id in (select q.task_version_id from registry.quantum q where q.quantum_id = any(%(quanta)s))
order by 1, 2
-- columns
task text, code_digest bytea, git_commit text, git_dirty boolean
-- take
insert into registry.task_version (task_id, code_digest, git_commit, git_dirty)
select t.task_id, x.code_digest, x.git_commit, x.git_dirty from x join registry.task t on t.name = x.task
order by 1, 2 on conflict do nothing
