-- action: The same recipe on equal content, for early cut-off.
-- export
select a.action_key, q.provenance_hash from registry.action a join registry.quantum q using (quantum_id)
where a.quantum_id = any(%(quanta)s) order by 1
-- columns
action_key bytea, provenance_hash bytea
-- take
insert into registry.action (action_key, quantum_id)
select x.action_key, q.quantum_id from x join registry.quantum q using (provenance_hash) order by 1
on conflict do nothing
