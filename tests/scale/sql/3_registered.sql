-- What came from outside, and what workers leave behind. Datasets: what is shared, raw files by image, products by quantum,
-- rows about images.
-- One attempt ended in each second until now.
insert into work.execution (
  execution_id, unit_id, attempt, token, worker_id, started_at, ended_at, outcome, error_class, error, cpu_s, max_rss_mb, log)
overriding system value
select %(quanta)s + unit_id, unit_id, attempt, nextval('work.fence'), 1 + mod(unit_id, 64), a.began, a.began + make_interval(secs => 1 + mod(unit_id * 7919, 6000) / 100.0),
       case state when 'done' then 'ok' when 'reused' then 'reused' else 'error' end, case state when 'dead' then 'BadInput' end,
       case state when 'dead' then 'the image is damaged' end, 1 + mod(unit_id * 104729, 5000) / 100.0, 200 + mod(unit_id * 31, 800),
       'task ' || 1 + mod(unit_id - 1, %(n_tasks)s) || ' on image ' || 1 + (unit_id - 1) / %(n_tasks)s || E'\n'
from work.unit
cross join lateral (select now() - make_interval(secs => %(quanta)s + 100 - unit_id) as began) a
where state in ('done', 'reused', 'dead');

insert into work.execution (
  execution_id, unit_id, attempt, token, worker_id, started_at, ended_at, outcome, error_class, error, cpu_s, max_rss_mb, log)
overriding system value
select unit_id, unit_id, 1, nextval('work.fence'), 1 + mod(unit_id, 64), a.began, a.began + interval '1 s', 'error', 'Retriable',
       'the disk was full', 0.5, 200, ''
from work.unit
cross join lateral (select now() - make_interval(secs => %(quanta)s + 105 - unit_id) as began) a
where state in ('done', 'reused') and attempt = 2;

-- Half of what ended last was not read by the resolver: it still keeps the next task waiting.
insert into work.settled (unit_id, ok)
select d.needs, true from work.unit w join work.dependency d using (unit_id) join work.unit p on p.unit_id = d.needs
where w.state = 'waiting' and p.state = 'done';

insert into registry.dataset (dataset_id, uid, dataset_type_id, coordinate_id, content_digest, n_rows) overriding system value
select d, md5(d::text)::uuid, case when d > %(shared)s then 1 when d > 1 then 3 else 2 end,
       case when d > %(shared)s then d - %(shared)s else %(images)s + d end, sha256(convert_to('content ' || d, 'UTF8')),
       case when d = 1 then %(stars)s end
from generate_series(1, %(shared)s + %(images)s) d;

insert into registry.dataset (
  dataset_id, uid, dataset_type_id, coordinate_id, quantum_id, output_name, execution_id, content_digest, n_rows) overriding system value
select d, md5(d::text)::uuid, 3 + t, i, q, case when t > %(n_tasks)s then 'rows' else 'out' end, %(quanta)s + q, sha256(convert_to('content ' || d, 'UTF8')),
       case t when 2 then %(sources_per_image)s when %(n_tasks)s + 1 then 1 end
from (
  select u.quantum_id as q, 1 + (u.quantum_id - 1) / %(n_tasks)s as i, x.t,
         %(shared)s + %(images)s + case when x.t > %(n_tasks)s then %(quanta)s + 1 + (u.quantum_id - 1) / %(n_tasks)s else u.quantum_id end as d
  from work.unit u
  cross join lateral (
    select 1 + mod(u.quantum_id - 1, %(n_tasks)s) as t
    union all select %(n_tasks)s + 1 where mod(u.quantum_id - 1, %(n_tasks)s) = 1) x
  where u.state in ('done', 'reused')
) a;

insert into registry.quantum_input (quantum_id, role_id, ordinal, dataset_id)
select u.quantum_id, (x > 0)::int + 1, greatest(x - 1, 0), case
    when x > 0 then 1 + mod(u.quantum_id * 31 + x, %(shared)s)
    when mod(u.quantum_id - 1, %(n_tasks)s) in (0, %(n_tasks)s - 1) then %(shared)s + 1 + (u.quantum_id - 1) / %(n_tasks)s
    else %(shared)s + %(images)s + u.quantum_id - 1 end
from work.unit u, generate_series(0, %(extra)s + (u.quantum_id <= %(extra_rest)s)::int) x
where u.state in ('done', 'reused');

insert into registry.origin (dataset_id, file_name, part)
select dataset_id, case when dataset_id > %(shared)s then 'raw_' || coordinate_id || '.fits.fz' else 'shared_' || dataset_id || '.fits' end, ''
from registry.dataset where quantum_id is null;

insert into registry.artifact (content_digest, path, file_digest, n_bytes)
select content_digest, format('files/%%s/%%s', substr(md5(dataset_id::text), 1, 2), encode(content_digest, 'hex')), content_digest, 1000000
from registry.dataset;

insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how)
select case
    when d.quantum_id is not null then u.run_id
    when d.dataset_id > %(shared)s then %(runs)s + array_position(%(instruments)s::text[], c.instrument)
    else %(runs)s + cardinality(%(instruments)s::text[]) + 1 end,
  d.dataset_type_id, d.coordinate_id, d.dataset_id, case when d.quantum_id is null then 'ingested' else 'computed' end
from registry.dataset d left join work.unit u using (quantum_id) left join registry.coordinate c using (coordinate_id);

insert into registry.mark (dataset_id, verdict, reason, revoked_at)
select dataset_id, case when mod(dataset_id, 2) = 0 then 'bad' else 'suspect' end, 'It looked odd.', case when mod(dataset_id, 3) = 0 then now() end
from registry.dataset where quantum_id is null and mod(dataset_id, greatest(%(images)s / 20, 1)) = 1;

insert into quality.metric (metric_id, name, unit, description) overriding system value
select m, 'calibrate.metric' || m, 'arcsec', 'Made up ' || m || '.' from generate_series(1, %(metrics)s) m;

insert into quality.specification (metric_id, name, operator, threshold, description)
select metric_id, 'design', '<=', 0.99, 'One in a hundred breaks it.' from quality.metric where mod(metric_id, 2) = 1;

insert into quality.measurement (metric_id, dataset_id, value)
select m.metric_id, d.dataset_id, case when mod(d.dataset_id + m.metric_id, 100) = 0 then 'NaN' else mod(d.dataset_id * 7919 + m.metric_id, 10000) / 10000.0 end
from quality.metric m
cross join (
  select dataset_id from registry.dataset where dataset_type_id = %(n_tasks)s + 4
  order by dataset_id desc limit %(measurements)s / %(metrics)s
) d
order by m.metric_id, d.dataset_id;
