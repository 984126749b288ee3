-- What the rest hangs on. Keys are given, so that the other files can count on them.
insert into registry.instrument (instrument, description)
select name, name || ', a made-up camera of ' || detectors || ' detectors.'
from unnest(%(instruments)s::text[], %(detectors)s::int[]) as c (name, detectors);

insert into registry.physical_filter (instrument, physical_filter, band)
select name, band || ' ' || name, band from unnest(%(instruments)s::text[]) name, unnest(%(bands)s::text[]) band;

insert into registry.detector (instrument, detector, name, purpose, nx, ny)
select name, d, 'S' || d, 'science', 4072, 4000
from unnest(%(instruments)s::text[], %(detectors)s::int[]) as c (name, detectors), generate_series(1, detectors) d;

-- A thousand visits in a night of an instrument, each half a minute.
insert into registry.visit (instrument, visit, physical_filter, day_obs)
select name, v, (%(bands)s::text[])[1 + mod(v, cardinality(%(bands)s::text[]))] || ' ' || name,
       to_char(date '2025-01-01' + v / %(visits_per_night)s, 'YYYYMMDD')::int
from unnest(%(instruments)s::text[], %(visits)s::int[]) as c (name, visits), generate_series(1, visits) v;

insert into registry.exposure (instrument, exposure, visit, physical_filter, day_obs, obs_start_mjd_tai, exp_time)
select instrument, visit, visit, physical_filter, day_obs,
       60676 + visit / %(visits_per_night)s + mod(visit, %(visits_per_night)s) * 39 / 86400.0, 30
from registry.visit;

-- Image i is coordinate i: instrument by instrument, visit by visit, detector by detector.
insert into registry.coordinate (coordinate_id, digest, instrument, exposure, detector) overriding system value
select i, sha256(convert_to(format('{"detector":%%s,"exposure":%%s,"instrument":"%%s"}', detector, exposure, name), 'UTF8')),
       name, exposure, detector
from (select c.name, i, 1 + (i - c.first) / c.detectors as exposure, 1 + mod(i - c.first, c.detectors) as detector
      from unnest(%(instruments)s::text[], %(detectors)s::int[], %(firsts)s::int[], %(images_of)s::int[])
             as c (name, detectors, first, images), generate_series(c.first, c.first + c.images - 1) i) x
order by i;

insert into registry.coordinate (coordinate_id, digest, healpix) overriding system value
select %(images)s + s, sha256(convert_to('{"healpix":' || 4096 + s || '}', 'UTF8')), 4096 + s
from generate_series(1, %(shared)s) s;

-- 1 to 3 come from outside, 3 + t is what task t makes, the last are rows about images.
insert into registry.dataset_type (dataset_type_id, name, dimensions, storage_class) overriding system value
select o, name, case when o in (2, 3) then '{healpix}' else '{detector,exposure,instrument}' end::text[],
       case when name = any('{raw_image,calibration}') then 'file' when o = 4 then 'image' else 'table' end
from unnest(%(dataset_types)s::text[]) with ordinality as y (name, o);

insert into registry.role (role_id, name) overriding system value values (1, 'input'), (2, 'shared');

insert into registry.task (task_id, name) overriding system value
select t, name from unnest(%(tasks)s::text[]) with ordinality as y (name, t);

insert into registry.task_version (task_version_id, task_id, code_digest, git_commit, git_dirty) overriding system value
select task_id, task_id, sha256(convert_to(name, 'UTF8')), repeat('ab', 20), false from registry.task;

insert into registry.config (config_id, digest, body) overriding system value
select task_id, sha256(convert_to('config of ' || name, 'UTF8')), jsonb_build_object('task', name, 'threshold', 5.0) from registry.task;

insert into registry.software (software_id, digest, packages, compatibility_class) overriding system value
values (1, sha256('scale'), '{}', 'scale-1');

insert into work.worker (worker_id, host, pid, software_id) overriding system value
select w, 'node' || w / 32, 4000 + w, 1 from generate_series(1, 64) w;

insert into registry.collection (collection_id, name, kind, doc) overriding system value
select r, case when r <= %(runs)s then 'run' || r when r <= %(runs)s + cardinality(%(instruments)s::text[])
                 then (%(instruments)s::text[])[r - %(runs)s] || '/raw' else 'shared' end, 'run', 'Made up.'
from generate_series(1, %(runs)s + cardinality(%(instruments)s::text[]) + 1) r;

insert into registry.run (run_id, pipeline, plan_digest)
select collection_id, case when collection_id <= %(runs)s then 'scale' else 'ingest' end, sha256(convert_to(name, 'UTF8'))
from registry.collection;

insert into work.share (run_id) select generate_series(1, %(runs)s);
