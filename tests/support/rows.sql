-- At least one row of everything that is not a catalog, as little as the constraints let through.
do $$
declare
  s int; c int; t int; v int; r int; y int; o bigint; q bigint; d bigint; a int; b int; e int; w bigint; u bigint; m int; l bigint;
  one bytea := sha256('one');
begin
  insert into registry.instrument (instrument, description) values ('Toy', 'A toy.');
  insert into registry.physical_filter (instrument, physical_filter, band) values ('Toy', 'g', 'g');
  insert into registry.visit (instrument, visit, physical_filter, day_obs) values ('Toy', 1, 'g', 20200101);
  insert into registry.exposure (instrument, exposure, visit, physical_filter, day_obs, obs_start_mjd_tai, exp_time)
  values ('Toy', 1, 1, 'g', 20200101, 58849, 30);
  insert into registry.detector (instrument, detector, name, purpose, nx, ny) values ('Toy', 1, 'D1', 'science', 10, 10);
  insert into registry.software (digest, packages, compatibility_class) values (one, '{}', 'toy') returning software_id into s;
  insert into registry.config (digest, body) values (one, '{}') returning config_id into c;
  insert into registry.task (name) values ('toy') returning task_id into t;
  insert into registry.task_version (task_id, code_digest, git_commit, git_dirty) values (t, one, '', false)
  returning task_version_id into v;
  insert into registry.role (name) values ('toy') returning role_id into r;
  insert into registry.dataset_type (name, dimensions, storage_class) values ('toy', '{instrument,exposure}', 'table')
  returning dataset_type_id into y;
  insert into registry.coordinate (digest, instrument, exposure) values (one, 'Toy', 1) returning coordinate_id into o;
  insert into registry.quantum (provenance_hash, task_version_id, config_id, coordinate_id) values (one, v, c, o)
  returning quantum_id into q;
  insert into registry.dataset (uid, dataset_type_id, coordinate_id, quantum_id, content_digest, n_rows)
  values (gen_random_uuid(), y, o, q, one, 1) returning dataset_id into d;
  insert into registry.origin (dataset_id, file_name, part) values (d, 'toy.fits', '');
  insert into registry.region (dataset_id, coordinate_id, ranges) values (d, o, '{[0,9)}');
  insert into registry.quantum_input (quantum_id, role_id, dataset_id) values (q, r, d);
  insert into registry.action (action_key, quantum_id) values (one, q);
  insert into registry.nondeterminism (quantum_id, output_name, execution_id, expected, got) values (q, 'out', 1, one, one);
  insert into registry.artifact (content_digest, path, file_digest, n_bytes) values (one, 'files/toy', one, 1);
  insert into registry.reproduction (dataset_id, verdict, content_digest, software_id, recorded_class, compatibility_class, cpu_s)
  values (d, 'identical', one, s, 'toy', 'toy', 1);
  insert into registry.mark (dataset_id, verdict, reason) values (d, 'bad', 'It is a toy.');
  insert into registry.collection (name, kind, doc) values ('Toy/run', 'run', 'A run.') returning collection_id into a;
  insert into registry.collection (name, kind, doc) values ('Toy/calib', 'calibration', 'Calibrations.')
  returning collection_id into b;
  insert into registry.run (run_id, pipeline, plan_digest) values (a, 'toys', one);
  insert into registry.collection (name, kind, doc) values ('Toy/chain', 'chained', 'A chain.') returning collection_id into e;
  insert into registry.collection_chain (parent, position, child) values (e, 0, a);
  insert into registry.saved_query (name, digest, body) values ('toys', one, '{}');
  insert into registry.frozen_query (collection_id, saved_query_id, n_datasets) select a, saved_query_id, 1 from registry.saved_query;
  insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how) values (a, y, o, d, 'computed');
  insert into registry.calibration_validity (collection_id, dataset_type_id, coordinate_id, dataset_id, valid)
  values (b, y, o, d, '[0,100)');
  insert into work.share (run_id) values (a);
  insert into work.worker (host, pid, software_id) values ('here', 1, s) returning worker_id into w;
  insert into work.unit (run_id, quantum_id) values (a, q) returning unit_id into u;
  insert into work.unit_input (unit_id, role_id, dataset_uid) values (u, r, gen_random_uuid());
  insert into work.execution (unit_id, attempt, token, worker_id, started_at, outcome) values (u, 1, 1, w, now(), 'ok');
  insert into quality.metric (name, unit, description) values ('toy', '', 'A toy.') returning metric_id into m;
  insert into quality.measurement (metric_id, dataset_id, value) values (m, d, 1);
  insert into quality.specification (metric_id, name, operator, threshold, description) values (m, 'toy', '<=', 1, 'A toy.');
  insert into ingest.load (target, run_id, manifest_digest, definition_digest) values ('source', a, one, one) returning load_id into l;
  insert into ingest.load_file (load_id, dataset_id, target, n_rows) values (l, d, 'source', 1);
  insert into registry.skymap (skymap, definition, digest) values ('toy', '{}', one);
  insert into registry.tract (skymap, tract, ranges) values ('toy', 1, '{[0,9)}');
  insert into registry.patch (skymap, tract, patch, cell_x, cell_y, ranges) values ('toy', 1, 1, 0, 0, '{[0,9)}');
  insert into registry.visit_region (instrument, visit, ranges) values ('Toy', 1, '{[0,9)}');
  insert into registry.visit_detector_region (instrument, visit, detector, ranges) values ('Toy', 1, 1, '{[0,9)}');
  insert into registry.campaign (name) values ('toy') returning campaign_id into b;
  insert into registry.campaign_version (campaign_id, version, digest, definition) values (b, 1, one, '{}');
  insert into registry.campaign_run (campaign_id, version, turn, run_id, due_at, pipeline, code, n_to_run, n_reused, n_excluded)
  values (b, 1, 1, a, now(), '{}', '{}', 1, 0, 1) returning campaign_run_id into b;
  insert into registry.campaign_exclusion (campaign_run_id, dataset_id) values (b, d);
  insert into registry.campaign_report (campaign_run_id) values (b);
  insert into registry.campaign_verdict (campaign_run_id, verdict, by_rule, reason) values (b, 'same', true, 'It is a toy.');
end $$;
