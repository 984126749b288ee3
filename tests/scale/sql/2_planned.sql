-- What a planner leaves. Quantum and unit (i - 1) * tasks + t are task t on image i; each task reads what the one before
-- made, and the last one reads the raw file and waits softly: it runs whatever became of the others.
insert into registry.quantum (quantum_id, provenance_hash, task_version_id, config_id, coordinate_id) overriding system value
select q, sha256(convert_to('quantum ' || q, 'UTF8')), 1 + mod(q - 1, %(n_tasks)s), 1 + mod(q - 1, %(n_tasks)s), 1 + (q - 1) / %(n_tasks)s
from generate_series(1, %(quanta)s) q;

insert into work.unit (unit_id, run_id, quantum_id, unmet, attempt, vtime, state) overriding system value
select q, run, q, (waits and t > 1)::int, case when state in ('done', 'reused') then 1 + (mod(q, 100) = 3)::int else (state = 'dead')::int end,
       case when not waits then 1000.0 * q end, state
from (
  select q, t, run, state, state in ('waiting', 'blocked') or state = 'cancelled' and t > 1 as waits
  from (
    select q, t, run,
      case
        -- The last images are being worked on: so many tasks of each have ended.
        when i > %(images)s - %(pending)s then case
          when t <= ended then 'done'
          when t > ended + 1 or ended > 0 and mod(i / (%(n_tasks)s + 1), 3) = 2 then 'waiting'
          else 'ready' end
        when mod(i, %(failing)s) = 3 and run = %(runs)s - 1 then 'cancelled'
        when mod(i, %(failing)s) = 2 and t < %(n_tasks)s and t >= fails then case when t = fails then 'dead' else 'blocked' end
        when mod(q, 500) = 7 then 'reused'
        else 'done' end as state
    from (
      select q, i, t, 1 + (i - 1) * %(runs)s / %(images)s as run, mod(i, %(n_tasks)s + 1) as ended,
             1 + mod(i / %(failing)s, %(n_tasks)s - 1) as fails
      from (select q, 1 + (q - 1) / %(n_tasks)s as i, 1 + mod(q - 1, %(n_tasks)s) as t from generate_series(1, %(quanta)s) q) a
    ) b
  ) c
) d;

insert into work.dependency (needs, unit_id, soft)
select q - 1, q, mod(q, %(n_tasks)s) = 0 from generate_series(1, %(quanta)s) q where mod(q - 1, %(n_tasks)s) > 0;

-- md5 stands for the uuid5 of provenance and output name, which the server cannot make.
insert into work.unit_input (unit_id, role_id, ordinal, dataset_uid)
select q, (x > 0)::int + 1, greatest(x - 1, 0), md5(dataset::text)::uuid
from (
  select q, x, case
      when x > 0 then 1 + mod(q * 31 + x, %(shared)s)
      when mod(q - 1, %(n_tasks)s) in (0, %(n_tasks)s - 1) then %(shared)s + 1 + (q - 1) / %(n_tasks)s
      else %(shared)s + %(images)s + q - 1 end as dataset
  from generate_series(1, %(quanta)s) q, generate_series(0, %(extra)s + (q <= %(extra_rest)s)::int) x
) a;

-- Workers have some of what is ready, by the image.
insert into work.batch (token, worker_id, units, size, deadline)
select nextval('work.fence'), 1 + mod(b, 64), array_agg(unit_id), count(*), clock_timestamp() + interval '1 day'
from (
  select unit_id, row_number() over (order by unit_id) / 50 as b
  from work.unit where state = 'ready' and mod((1 + (unit_id - 1) / %(n_tasks)s) / (%(n_tasks)s + 1), 3) = 1) x
group by b;

insert into work.ready (unit_id, queue, solo, priority, vtime)
select unit_id, u.queue, u.solo, u.priority, u.vtime from work.unit u left join work.lease l using (unit_id)
where u.state = 'ready' and l.unit_id is null;
