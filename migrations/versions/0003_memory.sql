-- What revision 0003 adds to a ledger of revision 0002. Views that changed are made anew, with those that read them.

drop view public.dataset, public.run, public.work_unit, public.measurement, public.verdict, public.mark, public.queue_depth, public.throughput, public.latency, public.failure_class, public.worker;

-- The kind of a collection is checked with its seal now.
drop trigger calibration_only on registry.calibration_validity;

-- A worker that was not stopped could change leases between the two statements that follow.
lock table work.lease in access exclusive mode;

-- A lease is part of a batch from now on, and a unit is told to be leased by that alone: nothing that is being worked on is lost.
create table work.held as select * from work.lease;

update work.unit set state = 'ready', attempt = attempt - 1 where state = 'leased';

drop function registry.refuse_unsuitable;

drop function work.claim;

drop function work.settle_ok;

drop function work.give_back;

drop function registry.upstream;

drop table work.lease;

CREATE TABLE registry.campaign (
	campaign_id INTEGER GENERATED ALWAYS AS IDENTITY,
	name TEXT NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT campaign_pkey PRIMARY KEY (campaign_id),
	CONSTRAINT campaign_name_key UNIQUE (name)
);

COMMENT ON TABLE registry.campaign IS 'Names of campaigns; what they do is in their versions.';

COMMENT ON COLUMN registry.campaign.campaign_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.campaign.name IS 'Name, e.g. real_frames.';

COMMENT ON COLUMN registry.campaign.created_at IS 'When it was first created.';

CREATE TABLE registry.saved_query (
	saved_query_id INTEGER GENERATED ALWAYS AS IDENTITY,
	name TEXT NOT NULL,
	digest BYTEA NOT NULL CONSTRAINT saved_query_digest_is_sha256 CHECK (octet_length(digest) = 32),
	body JSONB NOT NULL,
	author TEXT DEFAULT session_user NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT saved_query_pkey PRIMARY KEY (saved_query_id),
	CONSTRAINT saved_query_name_digest_key UNIQUE (name, digest)
);

COMMENT ON TABLE registry.saved_query IS 'Questions for datasets that can be asked again; LDM-556 requirement 0057.';

COMMENT ON COLUMN registry.saved_query.saved_query_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.saved_query.name IS 'Name; the newest of a name is meant unless a digest is given.';

COMMENT ON COLUMN registry.saved_query.digest IS 'SHA-256 of the canonical JSON of `body`: another question is another version.';

COMMENT ON COLUMN registry.saved_query.body IS 'The question: where, dataset_types, collections, without, bind, at, valid_at, every.';

COMMENT ON COLUMN registry.saved_query.author IS 'Database user who saved it.';

COMMENT ON COLUMN registry.saved_query.created_at IS 'When it was saved.';

CREATE TABLE registry.skymap (
	skymap TEXT NOT NULL,
	definition JSONB NOT NULL,
	digest BYTEA NOT NULL CONSTRAINT skymap_digest_is_sha256 CHECK (octet_length(digest) = 32),
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT skymap_pkey PRIMARY KEY (skymap)
);

COMMENT ON TABLE registry.skymap IS 'Skymaps; their tracts and patches are what coadds are made on.';

COMMENT ON COLUMN registry.skymap.skymap IS 'Name of the skymap, e.g. hsc_rings_v1.';

COMMENT ON COLUMN registry.skymap.definition IS 'What the skymap is, in the words of whoever made it.';

COMMENT ON COLUMN registry.skymap.digest IS 'SHA-256 of the canonical JSON of `definition`: the same name with another one is refused.';

COMMENT ON COLUMN registry.skymap.created_at IS 'When it was registered.';

alter table work.execution drop constraint execution_unit_id_fkey;

alter table work.execution drop constraint execution_worker_id_fkey;

alter table work.settled drop constraint settled_unit_id_fkey;

COMMENT ON COLUMN work.settled.unit_id IS 'Unit that others wait for.';

CREATE TABLE registry.campaign_version (
	campaign_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	digest BYTEA NOT NULL CONSTRAINT campaign_version_digest_is_sha256 CHECK (octet_length(digest) = 32),
	definition JSONB NOT NULL,
	cadence INTERVAL,
	author TEXT DEFAULT session_user NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT campaign_version_pkey PRIMARY KEY (campaign_id, version),
	CONSTRAINT campaign_version_version_positive CHECK (version > 0),
	CONSTRAINT campaign_version_cadence_positive CHECK (cadence > interval '0'),
	CONSTRAINT campaign_version_campaign_id_fkey FOREIGN KEY(campaign_id) REFERENCES registry.campaign (campaign_id)
);

COMMENT ON TABLE registry.campaign_version IS 'Versions of campaigns; the latest is in force.';

COMMENT ON COLUMN registry.campaign_version.campaign_id IS 'Campaign.';

COMMENT ON COLUMN registry.campaign_version.version IS 'Number of the version, from 1.';

COMMENT ON COLUMN registry.campaign_version.digest IS 'SHA-256 of the canonical JSON of `definition`.';

COMMENT ON COLUMN registry.campaign_version.definition IS 'What it does: pipeline, overrides, inputs, where, exclude, every; see docs/campaigns.md.';

COMMENT ON COLUMN registry.campaign_version.cadence IS 'Time from one turn to the next; NULL where turns are made by hand only.';

COMMENT ON COLUMN registry.campaign_version.author IS 'Database user who made it.';

COMMENT ON COLUMN registry.campaign_version.created_at IS 'When it came into force.';

alter table registry.collection_chain add column since TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL;

alter table registry.collection_chain add column until TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL;

alter table registry.collection_chain drop constraint collection_chain_parent_child_key;

alter table registry.collection_chain drop constraint collection_chain_pkey;

alter table registry.collection_chain add CONSTRAINT collection_chain_pkey PRIMARY KEY (parent, position, since);

alter table registry.collection_chain add CONSTRAINT collection_chain_since_before_until CHECK (since <= until);

CREATE UNIQUE INDEX collection_chain_child_key ON registry.collection_chain (parent, child) WHERE until = 'infinity';

CREATE UNIQUE INDEX collection_chain_current_key ON registry.collection_chain (parent, position) WHERE until = 'infinity';

COMMENT ON TABLE registry.collection_chain IS 'Search order of chained collections, at any time; one that would contain itself is refused.';

COMMENT ON COLUMN registry.collection_chain.since IS 'When it was put there.';

COMMENT ON COLUMN registry.collection_chain.until IS 'When it left that place; infinity while it is there.';

CREATE TABLE registry.frozen_query (
	collection_id INTEGER NOT NULL,
	saved_query_id INTEGER NOT NULL,
	n_datasets BIGINT NOT NULL,
	author TEXT DEFAULT session_user NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT frozen_query_pkey PRIMARY KEY (collection_id),
	CONSTRAINT frozen_query_collection_id_fkey FOREIGN KEY(collection_id) REFERENCES registry.collection (collection_id),
	CONSTRAINT frozen_query_saved_query_id_fkey FOREIGN KEY(saved_query_id) REFERENCES registry.saved_query (saved_query_id)
);

COMMENT ON TABLE registry.frozen_query IS 'Which collection is the answer to which saved query, as it was then.';

COMMENT ON COLUMN registry.frozen_query.collection_id IS 'Tagged collection that holds the answer.';

COMMENT ON COLUMN registry.frozen_query.saved_query_id IS 'What was asked.';

COMMENT ON COLUMN registry.frozen_query.n_datasets IS 'Datasets that the answer had.';

COMMENT ON COLUMN registry.frozen_query.author IS 'Database user who asked.';

COMMENT ON COLUMN registry.frozen_query.created_at IS 'When it was asked.';

CREATE TABLE registry.tract (
	skymap TEXT NOT NULL,
	tract INTEGER NOT NULL,
	ranges INT8MULTIRANGE NOT NULL,
	CONSTRAINT tract_pkey PRIMARY KEY (skymap, tract),
	CONSTRAINT tract_skymap_fkey FOREIGN KEY(skymap) REFERENCES registry.skymap (skymap)
);

CREATE INDEX tract_ranges_idx ON registry.tract USING gist (ranges);

COMMENT ON TABLE registry.tract IS 'Tracts of each skymap.';

COMMENT ON COLUMN registry.tract.skymap IS 'Skymap.';

COMMENT ON COLUMN registry.tract.tract IS 'Number of the tract.';

COMMENT ON COLUMN registry.tract.ranges IS 'Footprint as ranges of nested HEALPix pixels of order 29.';

CREATE TABLE registry.campaign_run (
	campaign_run_id INTEGER GENERATED ALWAYS AS IDENTITY,
	campaign_id INTEGER NOT NULL,
	version INTEGER NOT NULL,
	turn INTEGER NOT NULL,
	run_id INTEGER NOT NULL,
	due_at TIMESTAMP WITH TIME ZONE NOT NULL,
	pipeline JSONB NOT NULL,
	code JSONB NOT NULL,
	n_to_run INTEGER NOT NULL,
	n_reused INTEGER NOT NULL,
	n_excluded INTEGER NOT NULL,
	estimated_cpu_s DOUBLE PRECISION,
	estimated_bytes BIGINT,
	author TEXT DEFAULT session_user NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT campaign_run_pkey PRIMARY KEY (campaign_run_id),
	CONSTRAINT campaign_run_campaign_id_turn_key UNIQUE (campaign_id, turn),
	CONSTRAINT campaign_run_campaign_id_version_fkey FOREIGN KEY(campaign_id, version) REFERENCES registry.campaign_version (campaign_id, version),
	CONSTRAINT campaign_run_turn_positive CHECK (turn > 0),
	CONSTRAINT campaign_run_run_id_key UNIQUE (run_id),
	CONSTRAINT campaign_run_run_id_fkey FOREIGN KEY(run_id) REFERENCES registry.run (run_id)
);

COMMENT ON TABLE registry.campaign_run IS 'Turns of campaigns: the run, what it was to do, and what that was to cost.';

COMMENT ON COLUMN registry.campaign_run.campaign_run_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.campaign_run.campaign_id IS 'Campaign.';

COMMENT ON COLUMN registry.campaign_run.version IS 'Version of the campaign that this turn follows.';

COMMENT ON COLUMN registry.campaign_run.turn IS 'Number of the turn, from 1.';

COMMENT ON COLUMN registry.campaign_run.run_id IS 'Run that does it.';

COMMENT ON COLUMN registry.campaign_run.due_at IS 'When it was due.';

COMMENT ON COLUMN registry.campaign_run.pipeline IS 'The pipeline as it was, overrides included.';

COMMENT ON COLUMN registry.campaign_run.code IS 'Commit, compatibility class, and code digest of each task.';

COMMENT ON COLUMN registry.campaign_run.n_to_run IS 'Quanta that the plan had to compute.';

COMMENT ON COLUMN registry.campaign_run.n_reused IS 'Quanta whose results were there already.';

COMMENT ON COLUMN registry.campaign_run.n_excluded IS 'Datasets that the exclusion left out.';

COMMENT ON COLUMN registry.campaign_run.estimated_cpu_s IS 'CPU time that the plan foresaw [s]; NULL where nothing like it has run.';

COMMENT ON COLUMN registry.campaign_run.estimated_bytes IS 'Size of what it would make [byte]; NULL where nothing like it has run.';

COMMENT ON COLUMN registry.campaign_run.author IS 'Database user who began it.';

COMMENT ON COLUMN registry.campaign_run.created_at IS 'When it was planned.';

CREATE TABLE registry.patch (
	skymap TEXT NOT NULL,
	tract INTEGER NOT NULL,
	patch INTEGER NOT NULL,
	cell_x INTEGER NOT NULL,
	cell_y INTEGER NOT NULL,
	ranges INT8MULTIRANGE NOT NULL,
	CONSTRAINT patch_pkey PRIMARY KEY (skymap, tract, patch),
	CONSTRAINT patch_skymap_tract_fkey FOREIGN KEY(skymap, tract) REFERENCES registry.tract (skymap, tract)
);

CREATE INDEX patch_ranges_idx ON registry.patch USING gist (ranges);

COMMENT ON TABLE registry.patch IS 'Patches of each tract.';

COMMENT ON COLUMN registry.patch.skymap IS 'Skymap.';

COMMENT ON COLUMN registry.patch.tract IS 'Tract.';

COMMENT ON COLUMN registry.patch.patch IS 'Number of the patch in its tract.';

COMMENT ON COLUMN registry.patch.cell_x IS 'Column of the patch in the grid of its tract.';

COMMENT ON COLUMN registry.patch.cell_y IS 'Row of the patch in the grid of its tract.';

COMMENT ON COLUMN registry.patch.ranges IS 'Footprint as ranges of nested HEALPix pixels of order 29.';

CREATE TABLE work.batch (
	token BIGINT NOT NULL,
	worker_id BIGINT NOT NULL,
	units BIGINT[] NOT NULL,
	size INTEGER NOT NULL,
	acquired_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
	deadline TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT batch_pkey PRIMARY KEY (token),
	CONSTRAINT batch_worker_id_fkey FOREIGN KEY(worker_id) REFERENCES work.worker (worker_id)
)
 WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX batch_worker_idx ON work.batch (worker_id);

COMMENT ON TABLE work.batch IS 'Only what is running: a row for what a worker claimed together, so that a lease costs next to nothing.';

COMMENT ON COLUMN work.batch.token IS 'Fencing token of its leases: an answer with another token is refused.';

COMMENT ON COLUMN work.batch.worker_id IS 'Worker.';

COMMENT ON COLUMN work.batch.units IS 'Units that it still holds; a unit is in one batch at most, and then not in work.ready.';

COMMENT ON COLUMN work.batch.size IS 'Units claimed together.';

COMMENT ON COLUMN work.batch.acquired_at IS 'When it was claimed.';

COMMENT ON COLUMN work.batch.deadline IS 'When it lapses, unless a heartbeat renews it.';

CREATE TABLE registry.campaign_report (
	campaign_run_id INTEGER NOT NULL,
	previous INTEGER,
	comparison JSONB,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT campaign_report_pkey PRIMARY KEY (campaign_run_id),
	CONSTRAINT campaign_report_campaign_run_id_fkey FOREIGN KEY(campaign_run_id) REFERENCES registry.campaign_run (campaign_run_id),
	CONSTRAINT campaign_report_previous_fkey FOREIGN KEY(previous) REFERENCES registry.campaign_run (campaign_run_id)
);

COMMENT ON TABLE registry.campaign_report IS 'One report a turn, made when its run has ended.';

COMMENT ON COLUMN registry.campaign_report.campaign_run_id IS 'Turn.';

COMMENT ON COLUMN registry.campaign_report.previous IS 'Turn that it was compared with; NULL for the first.';

COMMENT ON COLUMN registry.campaign_report.comparison IS 'What `skyledger compare` says of the two runs; NULL where there is nothing to compare with.';

COMMENT ON COLUMN registry.campaign_report.created_at IS 'When it was made, after the run had ended.';

CREATE TABLE registry.campaign_verdict (
	campaign_verdict_id INTEGER GENERATED ALWAYS AS IDENTITY,
	campaign_run_id INTEGER NOT NULL,
	verdict TEXT NOT NULL,
	by_rule BOOLEAN NOT NULL,
	reason TEXT NOT NULL,
	author TEXT DEFAULT session_user NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT campaign_verdict_pkey PRIMARY KEY (campaign_verdict_id),
	CONSTRAINT campaign_verdict_verdict_known CHECK (verdict in ('better', 'same', 'worse', 'failed')),
	CONSTRAINT campaign_verdict_reason_given CHECK (reason <> ''),
	CONSTRAINT campaign_verdict_campaign_run_id_fkey FOREIGN KEY(campaign_run_id) REFERENCES registry.campaign_run (campaign_run_id)
);

CREATE UNIQUE INDEX campaign_verdict_rule_key ON registry.campaign_verdict (campaign_run_id) WHERE by_rule;

CREATE INDEX campaign_verdict_run_idx ON registry.campaign_verdict (campaign_run_id);

COMMENT ON TABLE registry.campaign_verdict IS 'Verdicts on turns; all are kept, the latest of a person counts before that of the rules.';

COMMENT ON COLUMN registry.campaign_verdict.campaign_verdict_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.campaign_verdict.campaign_run_id IS 'Turn.';

COMMENT ON COLUMN registry.campaign_verdict.verdict IS 'better, same, worse, failed.';

COMMENT ON COLUMN registry.campaign_verdict.by_rule IS 'Whether the rules said it, and not a person.';

COMMENT ON COLUMN registry.campaign_verdict.reason IS 'Why, in one sentence.';

COMMENT ON COLUMN registry.campaign_verdict.author IS 'Database user who judged.';

COMMENT ON COLUMN registry.campaign_verdict.created_at IS 'When it was said.';

CREATE TABLE registry.visit_detector_region (
	instrument TEXT NOT NULL,
	visit BIGINT NOT NULL,
	detector SMALLINT NOT NULL,
	ranges INT8MULTIRANGE NOT NULL,
	CONSTRAINT visit_detector_region_pkey PRIMARY KEY (instrument, visit, detector),
	CONSTRAINT visit_detector_region_instrument_visit_fkey FOREIGN KEY(instrument, visit) REFERENCES registry.visit (instrument, visit),
	CONSTRAINT visit_detector_region_instrument_detector_fkey FOREIGN KEY(instrument, detector) REFERENCES registry.detector (instrument, detector)
);

CREATE INDEX visit_detector_region_ranges_idx ON registry.visit_detector_region USING gist (ranges);

COMMENT ON TABLE registry.visit_detector_region IS 'Footprints of detectors of visits from dimension records: what is expected where no file is there yet.';

COMMENT ON COLUMN registry.visit_detector_region.instrument IS 'Instrument.';

COMMENT ON COLUMN registry.visit_detector_region.visit IS 'Visit.';

COMMENT ON COLUMN registry.visit_detector_region.detector IS 'Detector.';

COMMENT ON COLUMN registry.visit_detector_region.ranges IS 'Footprint as ranges of nested HEALPix pixels of order 29.';

CREATE TABLE registry.visit_region (
	instrument TEXT NOT NULL,
	visit BIGINT NOT NULL,
	ranges INT8MULTIRANGE NOT NULL,
	CONSTRAINT visit_region_pkey PRIMARY KEY (instrument, visit),
	CONSTRAINT visit_region_instrument_visit_fkey FOREIGN KEY(instrument, visit) REFERENCES registry.visit (instrument, visit)
);

CREATE INDEX visit_region_ranges_idx ON registry.visit_region USING gist (ranges);

COMMENT ON TABLE registry.visit_region IS 'Footprints of visits from dimension records; those of files are in registry.region.';

COMMENT ON COLUMN registry.visit_region.instrument IS 'Instrument.';

COMMENT ON COLUMN registry.visit_region.visit IS 'Visit.';

COMMENT ON COLUMN registry.visit_region.ranges IS 'Footprint as ranges of nested HEALPix pixels of order 29.';

CREATE INDEX quantum_salt_idx ON registry.quantum (salt) WHERE salt > 0;

COMMENT ON COLUMN registry.nondeterminism.expected IS 'Content digest that is registered, for this quantum or for the same recipe without salt.';

alter table work.unit drop constraint unit_state_known;

alter table work.unit add CONSTRAINT unit_state_known CHECK (state in ('waiting', 'ready', 'done', 'reused', 'dead', 'blocked', 'cancelled'));

COMMENT ON COLUMN work.unit.attempt IS 'Attempts that have ended.';

COMMENT ON COLUMN work.unit.state IS 'waiting, ready, done, reused, dead, blocked, cancelled; ready is what lies in the queue, or in a batch.';

alter table registry.calibration_validity add column since TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL;

alter table registry.calibration_validity add column until TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL;

alter table registry.calibration_validity add CONSTRAINT calibration_validity_since_before_until CHECK (since <= until);

alter table registry.calibration_validity drop constraint calibration_validity_no_overlap;

alter table registry.calibration_validity add CONSTRAINT calibration_validity_no_overlap EXCLUDE USING gist (int8range(collection_id, collection_id, '[]') WITH =, int8range(dataset_type_id, dataset_type_id, '[]') WITH =, int8range(coordinate_id, coordinate_id, '[]') WITH =, valid WITH &&) WHERE (until = 'infinity');

CREATE INDEX calibration_validity_dataset_idx ON registry.calibration_validity (dataset_id);

COMMENT ON TABLE registry.calibration_validity IS 'Validity ranges, now and as they once were; two calibrations of a kind can never hold at once.';

COMMENT ON COLUMN registry.calibration_validity.since IS 'When it was certified.';

COMMENT ON COLUMN registry.calibration_validity.until IS 'When this range was taken back or replaced; infinity while it counts.';

CREATE TABLE registry.campaign_exclusion (
	campaign_run_id INTEGER NOT NULL,
	dataset_id BIGINT NOT NULL,
	CONSTRAINT campaign_exclusion_pkey PRIMARY KEY (campaign_run_id, dataset_id),
	CONSTRAINT campaign_exclusion_campaign_run_id_fkey FOREIGN KEY(campaign_run_id) REFERENCES registry.campaign_run (campaign_run_id),
	CONSTRAINT campaign_exclusion_dataset_id_fkey FOREIGN KEY(dataset_id) REFERENCES registry.dataset (dataset_id)
);

CREATE INDEX campaign_exclusion_dataset_idx ON registry.campaign_exclusion (dataset_id);

COMMENT ON TABLE registry.campaign_exclusion IS 'Datasets that turns of campaigns left out of what they started from.';

COMMENT ON COLUMN registry.campaign_exclusion.campaign_run_id IS 'Turn.';

COMMENT ON COLUMN registry.campaign_exclusion.dataset_id IS 'Dataset left out.';

CREATE INDEX member_past_idx ON registry.member (collection_id, dataset_type_id, coordinate_id) WHERE until < 'infinity';

CREATE TABLE registry.reproduction (
	reproduction_id BIGINT GENERATED ALWAYS AS IDENTITY,
	dataset_id BIGINT NOT NULL,
	verdict TEXT NOT NULL,
	content_digest BYTEA NOT NULL CONSTRAINT reproduction_content_digest_is_sha256 CHECK (octet_length(content_digest) = 32),
	software_id INTEGER NOT NULL,
	recorded_class TEXT NOT NULL,
	compatibility_class TEXT NOT NULL,
	difference JSONB,
	cpu_s DOUBLE PRECISION NOT NULL,
	author TEXT DEFAULT current_user NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT reproduction_pkey PRIMARY KEY (reproduction_id),
	CONSTRAINT reproduction_verdict_known CHECK (verdict in ('identical', 'different')),
	CONSTRAINT reproduction_difference_if_different CHECK ((verdict = 'different') = (difference is not null)),
	CONSTRAINT reproduction_dataset_id_fkey FOREIGN KEY(dataset_id) REFERENCES registry.dataset (dataset_id),
	CONSTRAINT reproduction_software_id_fkey FOREIGN KEY(software_id) REFERENCES registry.software (software_id)
);

CREATE INDEX reproduction_dataset_idx ON registry.reproduction (dataset_id);

COMMENT ON TABLE registry.reproduction IS 'Re-executions from the record; nothing of them is registered but the verdict.';

COMMENT ON COLUMN registry.reproduction.reproduction_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.reproduction.dataset_id IS 'Dataset made again.';

COMMENT ON COLUMN registry.reproduction.verdict IS 'identical or different, by content.';

COMMENT ON COLUMN registry.reproduction.content_digest IS 'Logical content of what came out; the dataset has its own.';

COMMENT ON COLUMN registry.reproduction.software_id IS 'Environment it ran in.';

COMMENT ON COLUMN registry.reproduction.recorded_class IS 'Compatibility class of the environment that made the dataset.';

COMMENT ON COLUMN registry.reproduction.compatibility_class IS 'Compatibility class of the environment it ran in now.';

COMMENT ON COLUMN registry.reproduction.difference IS 'What differs: rows, ids, and column by column or plane by plane; NULL: nothing.';

COMMENT ON COLUMN registry.reproduction.cpu_s IS 'CPU time of the execution [s].';

COMMENT ON COLUMN registry.reproduction.author IS 'Database user who asked for it.';

COMMENT ON COLUMN registry.reproduction.created_at IS 'When it was done.';

create trigger no_change before update or delete on registry.campaign for each row execute function registry.refuse_change();

create trigger no_truncate before truncate on registry.campaign execute function registry.refuse_change();

create trigger no_change before update or delete on registry.campaign_exclusion for each row execute function registry.refuse_change();

create trigger no_truncate before truncate on registry.campaign_exclusion execute function registry.refuse_change();

create trigger no_change before update or delete on registry.campaign_report for each row execute function registry.refuse_change();

create trigger no_truncate before truncate on registry.campaign_report execute function registry.refuse_change();

create trigger no_change before update or delete on registry.campaign_run for each row execute function registry.refuse_change();

create trigger no_truncate before truncate on registry.campaign_run execute function registry.refuse_change();

create trigger no_change before update or delete on registry.campaign_verdict for each row execute function registry.refuse_change();

create trigger no_truncate before truncate on registry.campaign_verdict execute function registry.refuse_change();

create trigger no_change before update or delete on registry.campaign_version for each row execute function registry.refuse_change();

create trigger no_truncate before truncate on registry.campaign_version execute function registry.refuse_change();

create trigger no_change before update or delete on registry.frozen_query for each row execute function registry.refuse_change();

create trigger no_truncate before truncate on registry.frozen_query execute function registry.refuse_change();

create trigger no_change before update or delete on registry.patch for each row execute function registry.refuse_change();

create trigger no_truncate before truncate on registry.patch execute function registry.refuse_change();

create trigger no_change before update or delete on registry.reproduction for each row execute function registry.refuse_change();

create trigger no_truncate before truncate on registry.reproduction execute function registry.refuse_change();

create trigger no_change before update or delete on registry.saved_query for each row execute function registry.refuse_change();

create trigger no_truncate before truncate on registry.saved_query execute function registry.refuse_change();

create trigger no_change before update or delete on registry.skymap for each row execute function registry.refuse_change();

create trigger no_truncate before truncate on registry.skymap execute function registry.refuse_change();

create trigger no_change before update or delete on registry.tract for each row execute function registry.refuse_change();

create trigger no_truncate before truncate on registry.tract execute function registry.refuse_change();

create trigger no_change before update or delete on registry.visit_detector_region for each row execute function registry.refuse_change();

create trigger no_truncate before truncate on registry.visit_detector_region execute function registry.refuse_change();

create trigger no_change before update or delete on registry.visit_region for each row execute function registry.refuse_change();

create trigger no_truncate before truncate on registry.visit_region execute function registry.refuse_change();

create trigger no_change before update on registry.calibration_validity for each row
  when (to_jsonb(new) - 'until' is distinct from to_jsonb(old) - 'until') execute function registry.refuse_change();

create trigger no_change before update on registry.collection for each row
  when (to_jsonb(new) - 'sealed_at' is distinct from to_jsonb(old) - 'sealed_at') execute function registry.refuse_change();

create trigger no_change before update on registry.collection_chain for each row
  when (to_jsonb(new) - 'until' is distinct from to_jsonb(old) - 'until') execute function registry.refuse_change();

create trigger no_delete before delete on work.unit for each row execute function registry.refuse_change();

create trigger no_truncate before truncate on work.unit execute function registry.refuse_change();

create trigger no_delete before delete on work.worker for each row execute function registry.refuse_change();

create trigger no_truncate before truncate on work.worker execute function registry.refuse_change();

-- Identity is append-only: neither a worker nor an owner in a hurry changes what a hash stands for.
create or replace function registry.refuse_change() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  raise exception '%.% is append-only: % refused', tg_table_schema, tg_table_name, tg_op
    using errcode = 'P0A01', hint = 'Register a new row; mark the old one if it is wrong.';
end $$;
comment on function registry.refuse_change is 'Trigger: refuse whatever was asked of an append-only table.';


-- What has ended has ended: nobody brings a member back into the past.
create or replace trigger no_return before update on registry.member
  for each row when (old.until <> 'infinity') execute function registry.refuse_change();
create or replace trigger no_return before update on registry.collection_chain
  for each row when (old.until <> 'infinity') execute function registry.refuse_change();
create or replace trigger no_return before update on registry.calibration_validity
  for each row when (old.until <> 'infinity') execute function registry.refuse_change();
create or replace trigger no_delete before delete on registry.collection
  for each row execute function registry.refuse_change();
create or replace trigger no_delete before delete on registry.collection_chain
  for each row execute function registry.refuse_change();
create or replace trigger no_delete before delete on registry.calibration_validity
  for each row execute function registry.refuse_change();

-- A sealed collection is what it was when it was sealed. Its row is locked, so that nothing enters while it is being sealed;
-- a worker may not lock it, hence security definer.
create or replace function registry.insist_open(p_touched int[], p_kinds text[], p_table text) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
  refused registry.collection;
begin
  perform from registry.collection c where c.collection_id = any(p_touched) order by c.collection_id for share;
  select * into refused from registry.collection c
  where c.collection_id = any(p_touched) and (c.sealed_at is not null or c.kind <> all(p_kinds));
  if refused.sealed_at is not null then
    raise exception 'collection % is sealed: nothing enters, changes or leaves', refused.name
      using errcode = 'P0A02', hint = 'Make a new collection.';
  elsif refused.kind is not null then
    raise exception 'collection % is of the kind %: only % has a %', refused.name, refused.kind,
      array_to_string(p_kinds, ' or '), replace(p_table, '_', ' ') using errcode = 'P0A03';
  end if;
end $$;
comment on function registry.insist_open is 'Lock collections that something enters, and refuse sealed ones and those of another kind.';

-- The first argument of the trigger is the column that names the collection.
create or replace function registry.refuse_sealed() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform registry.insist_open(
    array[(to_jsonb(old) ->> tg_argv[0])::int, (to_jsonb(new) ->> tg_argv[0])::int], tg_argv[1]::text[], tg_table_name);
  return coalesce(new, old);
end $$;
comment on function registry.refuse_sealed is
  'Trigger: refuse changes of what a sealed collection holds, and what does not belong into a collection of its kind.';
-- Members come in thousands: one look for each statement. A member never changes its collection, so the new row tells both.
create or replace function registry.refuse_sealed_members() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform registry.insist_open(array(select distinct t.collection_id from touched t), tg_argv[0]::text[], tg_table_name);
  return null;
end $$;
comment on function registry.refuse_sealed_members is
  'Trigger: refuse members that enter or leave a sealed collection, or one of another kind; once for all rows of a statement.';
create or replace trigger sealed after insert on registry.member referencing new table as touched
  for each statement execute function registry.refuse_sealed_members('{run,tagged}');
create or replace trigger sealed_change after update on registry.member referencing new table as touched
  for each statement execute function registry.refuse_sealed_members('{run,tagged}');
create or replace trigger sealed before insert or update or delete on registry.calibration_validity
  for each row execute function registry.refuse_sealed('collection_id', '{calibration}');
create or replace trigger sealed before insert or update or delete on registry.collection_chain
  for each row execute function registry.refuse_sealed('parent', '{chained}');
create or replace trigger sealed before update or delete on registry.collection
  for each row when (old.sealed_at is not null) execute function registry.refuse_change();
-- History is kept: what was taken back stays so, since when it was. Who finds the same again marks again.
create or replace trigger revoked before update on registry.mark
  for each row when (old.revoked_at is not null) execute function registry.refuse_change();
create or replace trigger no_truncate before truncate on registry.calibration_validity execute function registry.refuse_change();
create or replace trigger no_truncate before truncate on registry.collection_chain execute function registry.refuse_change();
create or replace trigger no_truncate before truncate on registry.collection execute function registry.refuse_change();

-- One change of any chain at a time: two transactions could each close half of a circle without seeing the other's half.
create or replace function registry.refuse_circle() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform pg_advisory_xact_lock('registry.collection_chain'::regclass::oid::bigint);
  if new.parent <> new.child and exists (
    with recursive below (child) as (
      select new.child
      union
      select n.child from below b join registry.collection_chain n on n.parent = b.child and n.until = 'infinity'
    )
    select from below where below.child = new.parent) then
    raise exception 'chain % would contain itself by way of %',
      (select c.name from registry.collection c where c.collection_id = new.parent),
      (select c.name from registry.collection c where c.collection_id = new.child) using errcode = 'P0A04';
  end if;
  return new;
end $$;
comment on function registry.refuse_circle is 'Trigger: refuse a chain that would be searched for ever.';
create or replace trigger circle before insert on registry.collection_chain
  for each row execute function registry.refuse_circle();

-- A sealed chain gives the same answer for ever, hence nothing in it may be open.
create or replace function registry.refuse_open_children() returns trigger language plpgsql set search_path = pg_catalog as $$
declare
  open text;
begin
  select string_agg(c.name, ', ' order by n.position) into open
  from registry.collection_chain n join registry.collection c on c.collection_id = n.child
  where n.parent = new.collection_id and n.until = 'infinity' and c.sealed_at is null;
  if open is not null then
    raise exception 'chain % cannot be sealed while collections in it are open: %', new.name, open
      using errcode = 'P0A05', hint = 'Seal those first.';
  end if;
  return new;
end $$;
comment on function registry.refuse_open_children is 'Trigger: refuse to seal a chain of which a part can still change.';
create or replace trigger open_children before update on registry.collection
  for each row when (old.sealed_at is null and new.sealed_at is not null) execute function registry.refuse_open_children();

-- Where the runs in a line are now. It is asked of the head of that very line; the leases count, because a retry may stand
-- at the head with an old tag.
create or replace function work.line_vtime(p_queue smallint, p_priority smallint) returns float8
language plpgsql stable set search_path = pg_catalog as $$
declare
  mark work.low_water;
begin
  select * into mark from work.low_water w where w.queue = p_queue;
  return coalesce(
    greatest(
      (select r.vtime - u.est_ms / s.weight
       from work.ready r join work.unit u using (unit_id) join work.share s using (run_id)
       where r.queue = p_queue and not r.solo and r.priority = p_priority and r.not_before = '-infinity'
         and (r.priority, r.vtime) >= (coalesce(mark.priority, -32768), coalesce(mark.vtime, '-infinity'))
       order by r.vtime limit 1),
      (select max(u.vtime) from work.lease l join work.unit u using (unit_id)
       where u.queue = p_queue and u.priority = p_priority)),
    (select max(p.vtime) from work.place p where p.queue = p_queue and p.priority = p_priority),
    0);
end $$;
comment on function work.line_vtime is 'Virtual time at which the units of a queue and priority are being claimed.';

-- Units enter the queue here only. Callers hold the resolver's row: it makes them the single writer of work.place.
-- Start-time fair queueing: the tag is computed once, when a unit first becomes ready (Goyal, Vin & Cheng 1996).
-- Two statements with arrays between them: planned without statistics, as within the transaction that inserts the units,
-- one statement joined its own parts row by row and took 34 s for 10,000 units; so would `started`, not materialized.
create or replace function work.make_ready(p_units bigint[]) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  ids bigint[];
  tags float8[];
begin
  perform from work.resolver for update;
  with asked as (
    select u.unit_id, u.run_id, u.queue, u.priority, u.est_ms
    from work.unit u where u.unit_id = any(p_units) and u.state = 'waiting' and u.unmet = 0
  ), started as materialized (
    -- A run that was idle starts where the others are now, not where it stopped: idleness earns no credit.
    select c.queue, c.priority, work.line_vtime(c.queue, c.priority) as vtime
    from (select distinct queue, priority from asked) c
  ), tagged as (
    select a.unit_id,
           greatest(p.vtime, f.vtime)
             + sum(a.est_ms / s.weight) over (partition by a.run_id, a.queue, a.priority order by a.unit_id) as vtime
    from asked a join work.share s using (run_id) join started f using (queue, priority)
    left join work.place p using (run_id, queue, priority)
  )
  select array_agg(t.unit_id), array_agg(t.vtime) into ids, tags from tagged t;
  with changed as (
    update work.unit u set state = 'ready', vtime = t.vtime
    from unnest(ids, tags) t (unit_id, vtime) where u.unit_id = t.unit_id
    returning u.unit_id, u.run_id, u.queue, u.solo, u.priority, u.vtime
  ), queued as (
    insert into work.ready (unit_id, queue, solo, priority, vtime, not_before)
    select c.unit_id, c.queue, c.solo, c.priority, c.vtime,
           case when s.paused then timestamptz 'infinity' else '-infinity' end
    from changed c join work.share s using (run_id)
  )
  insert into work.place (run_id, queue, priority, vtime)
  select c.run_id, c.queue, c.priority, max(c.vtime) from changed c group by 1, 2, 3 order by 1, 2, 3
  on conflict (run_id, queue, priority) do update set vtime = excluded.vtime;
  return coalesce(cardinality(ids), 0);
end $$;
comment on function work.make_ready is 'Put waiting units without unmet dependencies into the queue.';

-- What waits in the queue is tagged anew, in its order, as if it became ready now: after a change of weight, or a pause,
-- in which the others came further; what was held by a pause that is over is let go. Rows of the queue are locked before
-- units, as who claims them does.
create or replace function work.retag(p_run int) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  held boolean;
  ids bigint[];
  tags float8[];
begin
  perform from work.resolver for update;
  select s.paused into held from work.share s where s.run_id = p_run;
  select array_agg(x.unit_id) into ids from (
    select r.unit_id from work.ready r join work.unit u using (unit_id) where u.run_id = p_run for update of r) x;
  if ids is null then
    return 0;
  end if;
  with mine as (
    select r.unit_id, r.queue, r.priority,
           sum(u.est_ms / s.weight) over (partition by r.queue, r.priority order by r.vtime, r.unit_id) as cost
    from work.ready r join work.unit u using (unit_id) join work.share s using (run_id) where r.unit_id = any(ids)
  ), started as materialized (
    select c.queue, c.priority, work.line_vtime(c.queue, c.priority) as vtime
    from (select distinct queue, priority from mine) c
  )
  select array_agg(m.unit_id), array_agg(f.vtime + m.cost) into ids, tags
  from mine m join started f using (queue, priority);
  update work.ready r
  set vtime = t.vtime, not_before = case when r.not_before < 'infinity' or held then r.not_before else '-infinity' end
  from unnest(ids, tags) t (unit_id, vtime) where r.unit_id = t.unit_id;
  update work.unit u set vtime = t.vtime from unnest(ids, tags) t (unit_id, vtime) where u.unit_id = t.unit_id;
  delete from work.place where run_id = p_run;
  insert into work.place (run_id, queue, priority, vtime)
  select p_run, r.queue, r.priority, max(r.vtime) from work.ready r where r.unit_id = any(ids) group by 2, 3;
  return cardinality(ids);
end $$;
comment on function work.retag is 'Put what a run has in the queue in line anew; give how many units that is.';

create view work.lease as
select u.unit_id, b.token, b.worker_id, b.size as batch, b.acquired_at, b.deadline
from work.batch b cross join unnest(b.units) u (unit_id);
comment on view work.lease is 'Units that workers hold.';
comment on column work.lease.unit_id is 'Unit.';
comment on column work.lease.token is 'Fencing token, that of the whole batch.';
comment on column work.lease.worker_id is 'Worker.';
comment on column work.lease.batch is 'Units claimed together.';
comment on column work.lease.acquired_at is 'When it was claimed.';
comment on column work.lease.deadline is 'When it lapses, unless a heartbeat renews it.';

-- Claim a batch: rows of work.ready become one row of work.batch, and work.unit is not touched before the units settle.
create or replace function work.claim(p_worker bigint, p_queue smallint, p_n int, p_ttl interval)
returns table (unit_id bigint, token bigint)
language plpgsql security definer set search_path = pg_catalog
-- One plan, made once: every step is a look into an index, whatever the statistics say.
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  picked tid[];
  mark work.low_water;
begin
  -- A claim need not survive a power cut, its transaction neither; said here it costs no round trip of its own.
  perform set_config('synchronous_commit', 'off', true);
  -- Units whose batch was lost go first and alone: whoever kills its worker then takes nobody along.
  picked := array(
    select c.ctid from work.ready c where c.queue = p_queue and c.solo and c.not_before = '-infinity'
    order by c.priority, c.vtime, c.unit_id limit 1 for update skip locked);
  if picked = '{}' then
    select * into mark from work.low_water w where w.queue = p_queue;
    picked := array(
      select c.ctid from work.ready c where c.queue = p_queue and not c.solo and c.not_before = '-infinity'
        and (c.priority, c.vtime) >= (coalesce(mark.priority, -32768), coalesce(mark.vtime, '-infinity'))
      order by c.priority, c.vtime, c.unit_id limit p_n for update skip locked);
  end if;
  if picked = '{}' then
    return;
  end if;
  return query
  with taken as (
    -- A row that is locked stays in its place.
    delete from work.ready r where r.ctid = any(picked) returning r.unit_id, r.priority, r.vtime
  ), leased as (
    insert into work.batch as b (token, worker_id, units, size, deadline)
    -- A claim need not survive a crash of the server, and its steps of the sequence die with it: chance makes the token
    -- new. A step for each unit, because the low-water mark goes by that.
    select (max(nextval('work.fence')) << 24) + floor(random() * 16777216)::bigint, p_worker,
           array_agg(t.unit_id order by t.priority, t.vtime, t.unit_id), count(*), clock_timestamp() + p_ttl
    from taken t
    returning b.token, b.units
  )
  select u.unit_id, l.token from leased l cross join unnest(l.units) u (unit_id);
end $$;
comment on function work.claim is 'Lease up to n ready units of a queue to a worker, in the order of the queue, under one fencing token.';

create or replace function work.heartbeat(p_workers bigint[], p_ttl interval) returns void
language sql security definer set search_path = pg_catalog as $$
  update work.worker set last_seen = clock_timestamp() where worker_id = any(p_workers) and stopped_at is null;
  -- A batch that somebody has locked is being settled: the next heartbeat renews what is left of it. Waiting for several
  -- could end in a circle.
  update work.batch set deadline = clock_timestamp() + p_ttl where token = any(array(
    select b.token from work.batch b where b.worker_id = any(p_workers) for update skip locked));
$$;
comment on function work.heartbeat is 'Say that these workers live, and renew their leases.';

-- Whoever has the token may take units out of a batch; what is left of it stays leased. NULL: it does not hold all of them.
create or replace function work.take_out(p_token bigint, p_units bigint[]) returns bigint
language plpgsql security definer set search_path = pg_catalog
set plan_cache_mode = force_generic_plan as $$
declare
  worker bigint;
begin
  delete from work.batch b where b.token = p_token and b.units <@ p_units and b.units @> p_units returning b.worker_id into worker;
  if worker is null then
    update work.batch b set units = array(select x from unnest(b.units) x where x <> all(p_units))
    where b.token = p_token and b.units @> p_units returning b.worker_id into worker;
  end if;
  return worker;
end $$;
comment on function work.take_out is 'End leases of a batch; give its worker, or NULL if it does not hold them all.';

-- The FIRST statement of the transaction that registers outputs: it fences by row lock and token,
-- and hands out the execution ids that the dataset rows need.
create or replace function work.settle_ok(
  p_token bigint, p_units bigint[], p_reused boolean[], p_started timestamptz[], p_ended timestamptz[],
  p_cpu_s float8[], p_max_rss_mb float8[], p_logs text[]
) returns table (unit_id bigint, execution_id bigint)
language plpgsql security definer set search_path = pg_catalog
-- One plan, made once: every step is a look into an index, whatever the statistics say. Nested loops would compare each
-- unit of the batch with each other.
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set enable_nestloop = off as $$
#variable_conflict use_column
declare
  worker bigint;
  n int;
begin
  -- Whoever falls silent before the commit must not keep these leases: nobody else could settle, reap or cancel the units.
  perform set_config('idle_in_transaction_session_timeout', '60s', true);
  if (cardinality(p_units) = all (array[
        cardinality(p_reused), cardinality(p_started), cardinality(p_ended), cardinality(p_cpu_s), cardinality(p_max_rss_mb),
        cardinality(p_logs)])) is not true then
    raise exception 'units are settled each once, with as many measurements' using errcode = 'P0L02';
  end if;
  worker := work.take_out(p_token, p_units);
  if worker is null then
    select count(*) into n from work.lease l where l.token = p_token and l.unit_id = any(p_units);
    raise exception 'stale lease: only % of % units are still owned', n, cardinality(p_units) using errcode = 'P0L01';
  end if;
  return query
  with changed as (
    update work.unit u set state = case when g.reused then 'reused' else 'done' end, attempt = u.attempt + 1
    from unnest(p_units, p_reused, p_started, p_ended, p_cpu_s, p_max_rss_mb, p_logs)
      as g (unit_id, reused, started_at, ended_at, cpu_s, max_rss_mb, log)
    where u.unit_id = any(p_units) and g.unit_id = u.unit_id
    returning u.unit_id, u.attempt, g.reused, g.started_at, g.ended_at, g.cpu_s, g.max_rss_mb, g.log
  ), told as (
    -- All that may ever wait for a unit is there before it can be claimed.
    insert into work.settled (unit_id, ok)
    select c.unit_id, true from changed c where (select true from work.dependency d where d.needs = c.unit_id limit 1)
  )
  insert into work.execution as e (unit_id, attempt, token, worker_id, started_at, ended_at, outcome, cpu_s, max_rss_mb, log)
  select c.unit_id, c.attempt, p_token, worker, c.started_at, c.ended_at,
         case when c.reused then 'reused' else 'ok' end, c.cpu_s, c.max_rss_mb, c.log
  from changed c
  returning e.unit_id, e.execution_id;
  get diagnostics n = row_count;
  if n <> cardinality(p_units) then
    raise exception 'units are settled each once, with as many measurements' using errcode = 'P0L02';
  end if;
end $$;
comment on function work.settle_ok is 'Complete units inside the transaction that registers their outputs; refuses a lost lease (P0L01).';

create or replace function work.backoff(p_attempt int) returns interval
language sql volatile set search_path = pg_catalog as $$
  -- 4^6 s is more than an hour; higher powers would leave the range of intervals.
  select least(interval '1 hour', interval '1 s' * power(4, least(greatest(p_attempt - 1, 0), 6)) * (0.75 + random() / 2))
$$;
comment on function work.backoff is 'How long an attempt waits after the one before: fourfold each time, with jitter, at most an hour.';

create or replace function work.settle_err(
  p_unit bigint, p_token bigint, p_class text, p_error text, p_traceback text, p_log text,
  p_started timestamptz, p_ended timestamptz, p_cpu_s float8, p_max_rss_mb float8, p_retry boolean
) returns text
language plpgsql security definer set search_path = pg_catalog as $$
declare
  worker bigint;
  u work.unit;
  larger work.queue;
begin
  worker := work.take_out(p_token, array[p_unit]);
  if worker is null then
    raise exception 'stale lease: unit % is no longer owned', p_unit using errcode = 'P0L01';
  end if;
  if p_class = 'OutOfMemory' then
    select q.* into larger from work.unit x join work.queue c using (queue) join work.queue q on q.memory_mb > c.memory_mb
    where x.unit_id = p_unit order by q.memory_mb, q.queue limit 1;
    p_retry := found;
    p_error := p_error || case when found then format('; it goes on in class %s (%s MiB)', larger.name, larger.memory_mb)
      else '; no class is larger: let the task take less, or add a row to work.queue and retry the unit' end;
  end if;
  -- What another class costs is not counted as one of its attempts.
  update work.unit x
  set state = case when p_retry and x.attempt + 1 < x.max_attempts + (larger.queue is not null)::int then 'ready' else 'dead' end,
      attempt = x.attempt + 1, queue = coalesce(larger.queue, x.queue), max_attempts = x.max_attempts + (larger.queue is not null)::int
  where x.unit_id = p_unit returning * into u;
  insert into work.execution (
    unit_id, attempt, token, worker_id, started_at, ended_at, outcome, error_class, error, traceback, log, cpu_s, max_rss_mb)
  values (
    p_unit, u.attempt, p_token, worker, p_started, p_ended, 'error', p_class, p_error, p_traceback, p_log, p_cpu_s, p_max_rss_mb);
  if u.state = 'ready' then
    -- It keeps its first tag: no lock on its share, no second charge, front of its run's line.
    insert into work.ready (unit_id, queue, priority, vtime, solo, not_before)
    values (p_unit, u.queue, u.priority, u.vtime, u.solo,
            clock_timestamp() + case when larger.queue is null then work.backoff(u.attempt) else interval '0' end);
  else
    insert into work.settled (unit_id, ok)
    select p_unit, false where exists (select from work.dependency d where d.needs = p_unit);
  end if;
  return u.state;
end $$;
comment on function work.settle_err is 'End an attempt that failed: back into the queue after a pause, out of memory into the next larger class, or dead.';

create or replace function work.give_back(p_token bigint, p_units bigint[]) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  held bigint[];
  n int;
begin
  select array(select unnest(b.units) intersect select unnest(p_units)) into held
  from work.batch b where b.token = p_token for update;
  if held is null or work.take_out(p_token, held) is null then
    return 0;
  end if;
  -- Through work.wake, which knows whether the run was paused meanwhile.
  insert into work.ready (unit_id, queue, priority, vtime, solo, not_before)
  select u.unit_id, u.queue, u.priority, u.vtime, u.solo, clock_timestamp() from work.unit u where u.unit_id = any(held);
  get diagnostics n = row_count;
  return n;
end $$;
comment on function work.give_back is 'Return units that were claimed but not begun; counts no attempt. A worker that is told to stop does this.';

-- What finished units made, whole sets at a time. Two that register the same wait for each other in the order of the keys, never
-- in a circle. One plan, made once: every step is a look into an index, whatever the statistics say, and joins go as they are
-- written: in a ledger that was empty at first, the plan began with all the measurements.
create or replace function registry.register(p_units bigint[], p_actions bytea[], p_outputs json) returns void
language plpgsql set search_path = pg_catalog
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set join_collapse_limit = 1
as $$
begin
  -- Without a path of its own an output is that of the quantum which is taken over.
  with given as materialized (
    select g.*, coalesce(g.content, o.content_digest) as digest, coalesce(g.n_rows, o.n_rows) as n
    from json_to_recordset(p_outputs) as g (
      unit bigint, execution bigint, name text, type text, uid uuid, content bytea, n_rows bigint, path text, file bytea,
      n_bytes bigint, reuses bigint)
    left join registry.dataset o on o.quantum_id = g.reuses and o.output_name = g.name
    where g.reuses is null or o.dataset_id is not null
  ), stored as (
    insert into registry.artifact (content_digest, path, file_digest, n_bytes)
    select g.content, g.path, g.file, g.n_bytes from given g where g.path is not null order by g.path
    on conflict do nothing
  )
  insert into registry.dataset (
    uid, dataset_type_id, coordinate_id, quantum_id, output_name, execution_id, content_digest, n_rows)
  select g.uid, t.dataset_type_id, q.coordinate_id, q.quantum_id, g.name, g.execution, g.digest, g.n
  from given g join work.unit u on u.unit_id = g.unit join registry.quantum q on q.quantum_id = u.quantum_id
  left join registry.dataset_type t on t.name = g.type  -- an unknown one is refused, for it would be NULL
  order by q.quantum_id, g.name
  on conflict do nothing;
  with known as materialized (
    select d.*, u.run_id, g.execution, coalesce(g.content, o.content_digest) as content, g.reuses, g.metrics
    from json_to_recordset(p_outputs) as g (
      unit bigint, execution bigint, name text, content bytea, reuses bigint, metrics json)
    join work.unit u on u.unit_id = g.unit
    join registry.dataset d on d.quantum_id = u.quantum_id and d.output_name = g.name
    left join registry.dataset o on o.quantum_id = g.reuses and o.output_name = g.name
  ), differing as (
    -- The first content of a quantum stays, and it is said when another one came.
    insert into registry.nondeterminism (quantum_id, output_name, execution_id, expected, got)
    select k.quantum_id, k.output_name, k.execution, k.content_digest, k.content
    from known k where k.content <> k.content_digest order by k.quantum_id, k.output_name
  ), measured as (
    insert into quality.measurement (metric_id, dataset_id, value)
    select m.metric_id, k.dataset_id, x.value::float8
    from known k cross join lateral json_each_text(k.metrics) x (name, value) left join quality.metric m on m.name = x.name
    union all
    select x.metric_id, k.dataset_id, x.value
    from known k join registry.dataset o on o.quantum_id = k.reuses and o.output_name = k.output_name
    join quality.measurement x on x.dataset_id = o.dataset_id
    order by 1, 2
    on conflict do nothing
  )
  insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how)
  select k.run_id, k.dataset_type_id, k.coordinate_id, k.dataset_id,
         case when k.reuses is null then 'computed' else 'reused' end
  from known k order by k.run_id, k.dataset_type_id, k.coordinate_id
  on conflict (collection_id, dataset_type_id, coordinate_id) where until = 'infinity' do nothing;
  -- What was planned becomes what was read; inputs that never came to be are left out.
  insert into registry.quantum_input (quantum_id, role_id, ordinal, dataset_id)
  select u.quantum_id, i.role_id, i.ordinal, d.dataset_id
  from work.unit u join work.unit_input i using (unit_id) join registry.dataset d on d.uid = i.dataset_uid
  where u.unit_id = any(p_units)
  order by u.quantum_id, i.role_id, i.ordinal
  on conflict do nothing;
  insert into registry.action (action_key, quantum_id)
  select x.action, u.quantum_id
  from unnest(p_units, p_actions) x (unit, action) join work.unit u on u.unit_id = x.unit
  where x.action is not null order by x.action
  on conflict (action_key) do nothing;
end $$;
comment on function registry.register is 'Register what settled units made: datasets, artifacts, metrics, members, what was read, and the recipes that are known now.';

-- What came back into the queue, or failed a while ago, may be claimed from here on; of a paused run it waits for ever.
-- With make_ready this is the only door to the front of the queue, and the resolver's row is its key: a pause needs no
-- lock of any worker's. The moment is a variable, because an index is not asked for what a volatile function gives.
create or replace function work.wake() returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  moment timestamptz := clock_timestamp();
  due bigint[];
begin
  perform from work.resolver for update;
  select array_agg(unit_id) into due from work.ready where not_before > '-infinity' and not_before <= moment;
  if due is null then
    return 0;
  end if;
  update work.ready r set not_before = (
    select case when s.paused then timestamptz 'infinity' else '-infinity' end
    from work.unit u join work.share s using (run_id) where u.unit_id = r.unit_id)
  where r.unit_id = any(due);
  return cardinality(due);
end $$;
comment on function work.wake is 'Let go what had to wait until now, unless its run is paused; give how many units that were.';

-- The resolver: any worker may call it after a commit, one runs at a time; set-based, so an input of 500 units is one update.
create or replace function work.resolve(p_max int default 20000) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  good bigint[];
  bad bigint[];
  lost bigint[];
  free bigint[];
begin
  perform from work.resolver for update skip locked;
  if not found then
    return -1;
  end if;
  -- What a crash of the server forgets of this is done again: the messages are back, too. Nobody waits for the disk.
  perform set_config('synchronous_commit', 'off', true);
  perform work.wake();
  with read as (
    delete from work.settled where settle_id in (select settle_id from work.settled order by settle_id limit p_max) returning unit_id, ok
  )
  select array_agg(unit_id) filter (where ok), array_agg(unit_id) filter (where not ok) into good, bad from read;
  if bad is not null then
    -- What needs a dead unit hard is blocked, and so is what needs that; `union` ends the walk on diamonds.
    with recursive fallen (unit_id) as (
      select u.unit_id from work.unit u where u.unit_id = any(bad) and u.state in ('dead', 'blocked')
      union
      select d.unit_id from fallen f join work.dependency d on d.needs = f.unit_id where not d.soft
    ), blocked as (
      update work.unit u set state = 'blocked' from fallen f where u.unit_id = f.unit_id and u.state = 'waiting' returning u.unit_id
    )
    select array_agg(x.unit_id) into lost
    from (
      select unit_id from blocked
      union select u.unit_id from work.unit u where u.unit_id = any(bad) and u.state in ('dead', 'blocked')) x;
  end if;
  if good is not null or lost is not null then
    -- A count that does not agree with the edges is for `skyledger doctor --deep`: one such unit must not stop every run.
    with met as (
      select d.unit_id, count(*)::int as n from work.dependency d
      where d.needs = any(coalesce(good, '{}')) or (d.soft and d.needs = any(coalesce(lost, '{}')))
      group by 1
    ), changed as (
      update work.unit u set unmet = u.unmet - met.n from met
      where u.unit_id = met.unit_id and u.unmet >= met.n returning u.unit_id, u.unmet, u.state
    )
    select array_agg(unit_id order by unit_id) into free from changed where unmet = 0 and state = 'waiting';
    if free is not null then
      perform work.make_ready(free);
    end if;
  end if;
  perform work.raise_low_water();
  return coalesce(cardinality(free), 0);
end $$;
comment on function work.resolve is 'Free what waited for settled units, block what needed dead ones; -1 when somebody else is at it.';

-- Leases of workers that are silent, stopped or late come back. A lost lease counts as an attempt only for a unit that was
-- claimed alone; the others come back to be claimed alone, so that one poison unit does not kill its batch.
create or replace function work.reap(p_silence interval default '60 s') returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  lost bigint[];
  n int;
begin
  select array_agg(x.token) into lost from (
    select b.token from work.batch b join work.worker w using (worker_id)
    where b.deadline < clock_timestamp() or w.last_seen < clock_timestamp() - p_silence or w.stopped_at is not null
    order by b.token limit 100 for update of b skip locked) x;
  if lost is null then
    return 0;
  end if;
  -- Folders in staging are removed after this, so it must survive, whatever else the transaction does.
  perform set_config('synchronous_commit', 'on', true);
  with gone as (
    delete from work.batch b where b.token = any(lost) returning b.*
  ), held as (
    select g.*, x.unit_id from gone g cross join unnest(g.units) x (unit_id)
  ), changed as (
    update work.unit u
    set solo = true, attempt = u.attempt + (h.size = 1)::int,
        state = case when h.size = 1 and u.attempt + 1 >= u.max_attempts then 'dead' else 'ready' end
    from held h where u.unit_id = h.unit_id
    returning u.unit_id, u.queue, u.priority, u.vtime, u.state, u.attempt, h.size, h.token, h.worker_id, h.acquired_at
  ), recorded as (
    insert into work.execution (unit_id, attempt, token, worker_id, started_at, outcome, error_class, error)
    select unit_id, attempt + (size > 1)::int, token, worker_id, acquired_at, 'lost', 'LeaseLost', 'the worker died or fell silent'
    from changed
  ), told as (
    insert into work.settled (unit_id, ok)
    select c.unit_id, false from changed c
    where c.state = 'dead' and exists (select from work.dependency d where d.needs = c.unit_id)
  ), queued as (
    insert into work.ready (unit_id, queue, priority, vtime, solo, not_before)
    select unit_id, queue, priority, vtime, true,
           clock_timestamp() + case when size = 1 then work.backoff(attempt) else interval '0' end
    from changed where state = 'ready'
  )
  select count(*) into n from changed;
  return n;
end $$;
comment on function work.reap is 'Take back the leases of workers that died; a unit that was alone with one pays an attempt.';

-- Units leave the queue, whoever may have them; a late answer finds its lease gone. The caller holds the resolver's row,
-- so nothing new is made ready; but a lease may come back into the queue between two looks.
create or replace function work.call_off(p_units bigint[]) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
  touched bigint[];
begin
  loop
    delete from work.ready where unit_id = any(p_units);
    touched := array(select distinct l.token from work.lease l where l.unit_id in (select unnest(p_units)));
    exit when touched = '{}' and not exists (select from work.ready where unit_id = any(p_units));
    -- Whoever locks several batches does it by token, so that nobody waits in a circle.
    perform from work.batch b where b.token = any(touched) order by b.token for update;
    with gone as (
      select l.* from work.lease l where l.token = any(touched) and l.unit_id in (select unnest(p_units))
    ), kept as (
      update work.batch b
      set units = array(select x from unnest(b.units) x where x not in (select unnest(p_units)))
      where b.token = any(touched)
    ), changed as (
      update work.unit u set attempt = u.attempt + 1 from gone g where u.unit_id = g.unit_id
      returning u.unit_id, u.attempt, g.token, g.worker_id, g.acquired_at
    )
    insert into work.execution (unit_id, attempt, token, worker_id, started_at, outcome, error_class, error)
    select unit_id, attempt, token, worker_id, acquired_at, 'lost', 'CalledOff', 'it was taken out of the queue' from changed;
    delete from work.batch b where b.token = any(touched) and b.units = '{}';
  end loop;
end $$;
comment on function work.call_off is 'Take units out of the queue and out of the hands of workers.';

-- What took these units in softly is not complete any more: it waits and runs once more, and so does what needed that.
-- Every edge is walked once, from a unit that had ended and was read, so `unmet` grows by what the resolver will take off.
create or replace function work.reopen(p_units bigint[]) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
  above bigint[] := p_units;
  hard boolean := false;
  wave bigint[];
  ended bigint[];
  unread bigint[];
begin
  loop
    select array_agg(distinct d.unit_id) into wave from work.dependency d where d.needs = any(above) and (d.soft or hard);
    exit when wave is null;
    perform work.call_off(wave);
    with again as (
      select d.unit_id, count(*)::int as n from work.dependency d where d.needs = any(above) and (d.soft or hard) group by 1
    ), before as (
      select u.unit_id from work.unit u where u.unit_id = any(wave) and u.state in ('done', 'reused')
    ), changed as (
      update work.unit u
      set unmet = u.unmet + a.n,
          state = case when u.state in ('dead', 'blocked', 'cancelled') then u.state else 'waiting' end,
          max_attempts = case when u.state in ('dead', 'blocked', 'cancelled', 'waiting') then u.max_attempts else u.attempt + 3 end
      from again a where u.unit_id = a.unit_id and u.unit_id = any(wave)
    )
    select array_agg(unit_id) into ended from before;
    with gone as (delete from work.settled where unit_id = any(ended) returning unit_id)
    select coalesce(array_agg(unit_id), '{}') into unread from gone;
    select array_agg(x) into above from unnest(ended) x where x <> all(unread);
    hard := true;
  end loop;
end $$;
comment on function work.reopen is 'Let everything that took these units in run once more.';

-- The operator's verb after a fix: dead units get three attempts more, what they blocked waits again,
-- and what took them in softly (a catalog load) runs once more to take in what comes late.
create or replace function work.retry(p_units bigint[]) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  ids bigint[];
  back bigint[];
  unread bigint[];
begin
  perform from work.resolver for update;
  with revived as (
    update work.unit set max_attempts = attempt + 3, state = 'waiting', solo = false
    where unit_id = any(p_units) and state = 'dead' returning unit_id
  )
  select array_agg(unit_id) into ids from revived;
  if ids is null then
    return 0;
  end if;
  with recursive below (unit_id) as (
    select unnest(ids)
    union
    select d.unit_id from below b join work.dependency d on d.needs = b.unit_id where not d.soft
  ), still (unit_id) as (
    -- Something else keeps these from running: it is dead, or blocked by what is not retried now. A death that the
    -- resolver has not read yet is left to it.
    select b.unit_id from below b join work.dependency d on d.unit_id = b.unit_id join work.unit p on p.unit_id = d.needs
    where not d.soft
      and (p.state = 'dead' and not exists (select from work.settled s where s.unit_id = p.unit_id)
           or p.state = 'blocked' and p.unit_id not in (select unit_id from below))
    union
    select d.unit_id from still s join work.dependency d on d.needs = s.unit_id where not d.soft
  ), changed as (
    update work.unit u set state = case when u.unit_id in (select unit_id from still) then 'blocked' else 'waiting' end
    from below b where u.unit_id = b.unit_id and (u.state = 'blocked' or u.unit_id = any(ids))
    returning u.unit_id, u.state
  )
  select coalesce(array_agg(unit_id), '{}') into back from changed where state = 'waiting';
  -- The resolver has not read these yet: nothing was blocked or released because of them.
  with gone as (delete from work.settled where unit_id = any(back) returning unit_id)
  select coalesce(array_agg(unit_id), '{}') into unread from gone;
  perform work.reopen(array(select x from unnest(back) x where x <> all(unread)));
  perform work.make_ready(back);
  return cardinality(ids);
end $$;
comment on function work.retry is 'Give dead units three attempts more and free what they blocked.';

-- The operator stops a run: what has not ended leaves the queue and the workers' hands; what is done stays done.
-- That ends a pause, too: who takes the run up again wants it to go on.
create or replace function work.cancel(p_run int) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  ids bigint[];
  n int;
begin
  perform from work.resolver for update;
  update work.share set paused = false where run_id = p_run and paused;
  -- What it was charged for will not run: when it is taken up again it has neither debt nor credit.
  delete from work.place where run_id = p_run;
  select array_agg(unit_id) into ids from work.unit where run_id = p_run and state in ('waiting', 'ready');
  if ids is null then
    return 0;
  end if;
  perform work.call_off(ids);
  -- What a worker settled while we waited for its lease is done.
  update work.unit set state = 'cancelled'
  where unit_id = any(ids) and state in ('waiting', 'ready');
  get diagnostics n = row_count;
  return n;
end $$;
comment on function work.cancel is 'Take what is left of a run out of the queue; give how many units that were.';

-- Back into the queue. While units are cancelled the resolver counts down what they wait for, as for all others; it does
-- not block them, so what needs a dead unit is blocked now, and what took that in softly waits no more for it.
create or replace function work.resume(p_run int) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  ids bigint[];
  lost bigint[];
begin
  perform from work.resolver for update;
  select array_agg(unit_id) into ids from work.unit where run_id = p_run and state = 'cancelled';
  if ids is null then
    return 0;
  end if;
  -- A death that the resolver has not read yet is left to it.
  with recursive fallen (unit_id) as (
    select d.unit_id from work.dependency d join work.unit p on p.unit_id = d.needs
    where d.unit_id = any(ids) and not d.soft
      and (p.state = 'blocked' or p.state = 'dead' and not exists (select from work.settled s where s.unit_id = p.unit_id))
    union
    select d.unit_id from fallen f join work.dependency d on d.needs = f.unit_id where d.unit_id = any(ids) and not d.soft
  )
  select coalesce(array_agg(unit_id), '{}') into lost from fallen;
  update work.unit u
  set state = case when u.unit_id = any(lost) then 'blocked' else 'waiting' end,
      max_attempts = greatest(u.max_attempts, u.attempt + 1)
  where u.unit_id = any(ids);
  update work.unit u set unmet = u.unmet - m.n
  from (select d.unit_id, count(*)::int as n from work.dependency d where d.soft and d.needs = any(lost) group by 1) m
  where u.unit_id = m.unit_id;
  perform work.make_ready(array(
    select unnest(ids) union select d.unit_id from work.dependency d where d.soft and d.needs = any(lost)));
  return cardinality(ids);
end $$;
comment on function work.resume is 'Put the cancelled units of a run back into the queue; give how many they are.';

-- Integer edges, indexed both ways: a walk level by level is enough, no closure table is kept. Each dataset is met once, however
-- many ways lead to it. A level is an array, which PostgreSQL looks up in the order of the index: with 10^7 edges this gives 200,000
-- descendants in 0.5 s, where a nested loop over the same takes 1.6 s and a recursive query 1.4 s. For such arrays it would rather
-- read the whole table, which takes longer than the looks into the index do.
-- Readers may walk: they learn keys and distances, the views tell them the rest. Hence security definer.
create or replace function registry.upstream(p_datasets bigint[], p_depth int default null) returns table (dataset_id bigint, depth int)
language plpgsql stable security definer set search_path = pg_catalog set enable_seqscan = off as $$
declare
  front bigint[] := array(select distinct d from unnest(p_datasets) d);
  seen bigint[] := front;
  quanta bigint[];
  step int := 0;
begin
  while cardinality(front) > 0 loop
    return query select f, step from unnest(front) f;
    exit when step = p_depth;
    step := step + 1;
    quanta := array(
      select distinct d.quantum_id from registry.dataset d where d.dataset_id = any(front) and d.quantum_id is not null);
    front := array(
      select i.dataset_id from registry.quantum_input i where i.quantum_id = any(quanta) except select unnest(seen));
    seen := seen || front;
  end loop;
end $$;
comment on function registry.upstream is
'Every dataset that these were made from, themselves included, with the shortest distance; no farther than p_depth.';

create or replace function registry.downstream(p_datasets bigint[], p_depth int default null) returns table (dataset_id bigint, depth int)
language plpgsql stable security definer set search_path = pg_catalog set enable_seqscan = off as $$
declare
  front bigint[] := array(select distinct d from unnest(p_datasets) d);
  seen bigint[] := front;
  quanta bigint[];
  step int := 0;
begin
  while cardinality(front) > 0 loop
    return query select f, step from unnest(front) f;
    exit when step = p_depth;
    step := step + 1;
    quanta := array(select distinct i.quantum_id from registry.quantum_input i where i.dataset_id = any(front));
    front := array(
      select d.dataset_id from registry.dataset d where d.quantum_id = any(quanta) except select unnest(seen));
    seen := seen || front;
  end loop;
end $$;
comment on function registry.downstream is
'Every dataset that was made of these, themselves included, with the shortest distance; no farther than p_depth.';

-- Bad is what somebody marked, or what marked code or a marked configuration made. Descendants are not looked at here:
-- a replaced input gives them another hash.
create or replace function registry.is_bad(p_dataset bigint) returns boolean
language sql stable set search_path = pg_catalog as $$
  -- Two questions, each by a key: asked of every mark in turn, a thousand marks took four milliseconds a dataset.
  select exists (
    select from registry.mark m where m.dataset_id = p_dataset and m.verdict = 'bad' and m.revoked_at is null
  ) or exists (
    select from registry.dataset d join registry.quantum q using (quantum_id)
    join registry.mark m on m.task_version_id = q.task_version_id or m.config_id = q.config_id
    where d.dataset_id = p_dataset and m.verdict = 'bad' and m.revoked_at is null)
$$;
comment on function registry.is_bad is 'Whether a dataset, its code or its configuration carries a bad mark.';

-- From a few datasets upwards, while the view `taint` goes from all marks downwards: a bad flat has many descendants.
create or replace function registry.taint_of(p_datasets bigint[]) returns table (dataset_id bigint, verdict text, marked boolean)
language sql stable security definer set search_path = pg_catalog as $$
  with recursive above as materialized (
    select w.dataset_id, d.quantum_id
    from registry.upstream(p_datasets) w
    cross join lateral (select x.quantum_id from registry.dataset x where x.dataset_id = w.dataset_id offset 0) d
  ), root as materialized (
    select a.dataset_id, m.verdict from registry.mark m join above a using (dataset_id) where m.revoked_at is null
    union
    select a.dataset_id, m.verdict
    from above a
    cross join lateral (
      select x.task_version_id, x.config_id from registry.quantum x where x.quantum_id = a.quantum_id offset 0) q
    join registry.mark m on m.task_version_id = q.task_version_id or m.config_id = q.config_id
    where m.dataset_id is null and m.revoked_at is null
  ), edge as materialized (
    select a.dataset_id, i.dataset_id as input
    from above a
    cross join lateral (select x.dataset_id from registry.quantum_input x where x.quantum_id = a.quantum_id offset 0) i
  ), tainted (dataset_id, verdict) as (
    select r.dataset_id, r.verdict from root r
    union
    select e.dataset_id, t.verdict from tainted t join edge e on e.input = t.dataset_id
  )
  select t.dataset_id, t.verdict, r.dataset_id is not null
  from tainted t left join root r using (dataset_id, verdict)
  where t.dataset_id in (select unnest(p_datasets))
$$;
comment on function registry.taint_of is
'Which of these datasets carry a mark that holds, or were made from one that does: the rows of the view taint, for a few datasets.';

-- The walk downwards, within what a collection holds now, itself or through its chain, with the calibrations certified in it.
create or replace function registry.affected(p_datasets bigint[], p_collection text default null) returns table (dataset_id bigint, depth int)
language sql stable security definer set search_path = pg_catalog as $$
  with recursive down (collection_id) as (
    select c.collection_id from registry.collection c where c.name = p_collection
    union
    select n.child from down d join registry.collection_chain n on n.parent = d.collection_id and n.until = 'infinity'
  )
  select w.dataset_id, w.depth from registry.downstream(p_datasets) w
  where p_collection is null or exists (
    select from registry.member m
    where m.dataset_id = w.dataset_id and m.until = 'infinity' and m.collection_id in (select d.collection_id from down d)
  ) or exists (
    select from registry.calibration_validity v
    where v.dataset_id = w.dataset_id and v.until = 'infinity' and v.collection_id in (select d.collection_id from down d))
$$;
comment on function registry.affected is
'What these datasets and all that was made of them are, with the shortest distance; only what a collection holds now, if one is given.';

-- Of a task at a data ID the newest quantum counts: those before it are history, and nobody would compute them again.
-- A result that was taken over from another quantum cost nothing; computing it would, so it counts as the others of its task do.
create or replace function registry.whatif(p_datasets bigint[], p_collection text default null)
returns table (task text, n_quanta bigint, n_datasets bigint, cpu_h float8, n_bytes bigint, n_made bigint)
language sql stable security definer set search_path = pg_catalog as $$
  with below as materialized (
    select d.dataset_id, d.quantum_id, d.execution_id, d.content_digest
    from registry.affected(p_datasets, p_collection) w
    cross join lateral (select * from registry.dataset x where x.dataset_id = w.dataset_id offset 0) d
    where w.depth > 0
  ), made as materialized (
    select b.quantum_id, v.task_id, min(b.execution_id) as execution_id, count(*) as n_datasets,
           b.quantum_id = max(b.quantum_id) over (partition by v.task_id, q.coordinate_id) as is_newest
    from below b
    cross join lateral (
      select x.task_version_id, x.coordinate_id from registry.quantum x where x.quantum_id = b.quantum_id offset 0) q
    join registry.task_version v using (task_version_id)
    group by b.quantum_id, v.task_id, q.coordinate_id
  ), quanta as (
    select m.task_id, count(*) filter (where m.is_newest) as n_quanta, count(*) as n_made,
           sum(m.n_datasets) filter (where m.is_newest)::int8 as n_datasets,
           avg(e.cpu_s) filter (where m.is_newest) * count(*) filter (where m.is_newest) / 3600 as cpu_h
    from made m
    left join lateral (
      select x.cpu_s from work.execution x where x.execution_id = m.execution_id and x.outcome = 'ok' offset 0) e on true
    group by m.task_id
  ), files as (
    select c.task_id, sum(a.n_bytes)::int8 as n_bytes
    from (
      select distinct b.content_digest, m.task_id from below b join made m using (quantum_id) where m.is_newest
    ) c
    cross join lateral (
      select x.n_bytes from registry.artifact x
      where x.content_digest = c.content_digest and x.state = 'present' order by x.artifact_id limit 1) a
    group by c.task_id
  )
  select t.name, q.n_quanta, q.n_datasets, q.cpu_h, coalesce(f.n_bytes, 0), q.n_made
  from quanta q join registry.task t using (task_id) left join files f using (task_id) order by q.n_quanta desc, t.name
$$;
comment on function registry.whatif is
'What would be computed again, task by task, if these datasets were bad: quanta, datasets, CPU time [h], size of their files [byte]; '
'and how many quanta were made so far, with those that newer ones have replaced.';

create or replace function registry.touched_collections(p_datasets bigint[])
returns table (collection text, kind text, sealed_at timestamptz, n_datasets bigint)
language sql stable security definer set search_path = pg_catalog as $$
  with recursive held as materialized (
    select m.collection_id, w.dataset_id
    from registry.downstream(p_datasets) w
    cross join lateral (
      select x.collection_id from registry.member x where x.dataset_id = w.dataset_id and x.until = 'infinity'
      union
      select x.collection_id from registry.calibration_validity x where x.dataset_id = w.dataset_id and x.until = 'infinity'
      offset 0) m
  ), above (collection_id, child) as (
    select distinct h.collection_id, h.collection_id from held h
    union
    select n.parent, a.child from above a join registry.collection_chain n on n.child = a.collection_id and n.until = 'infinity'
  )
  select c.name, c.kind, c.sealed_at, count(distinct h.dataset_id)
  from above a join held h on h.collection_id = a.child join registry.collection c on c.collection_id = a.collection_id
  group by c.collection_id order by c.sealed_at is null, c.name
$$;
comment on function registry.touched_collections is
'Which collections hold these datasets or something that was made of them, themselves or through a chain; sealed ones come first.';

create or replace function registry.touched_metrics(p_datasets bigint[], p_collection text default null)
returns table (metric text, unit text, n_values bigint, specification text, n_kept bigint, n_broken bigint)
language sql stable security definer set search_path = pg_catalog as $$
  with found as materialized (
    select x.metric_id, x.value, c.instrument, coalesce(c.band, f.band) as band
    from registry.affected(p_datasets, p_collection) w
    cross join lateral (select y.coordinate_id from registry.dataset y where y.dataset_id = w.dataset_id offset 0) d
    cross join lateral (select y.metric_id, y.value from quality.measurement y where y.dataset_id = w.dataset_id offset 0) x
    join registry.coordinate c using (coordinate_id)
    left join registry.exposure e on e.instrument = c.instrument and e.exposure = c.exposure
    left join registry.physical_filter f on f.instrument = e.instrument and f.physical_filter = e.physical_filter
  ), judged as (
    select x.metric_id, s.name as specification,
           case s.operator when '<=' then x.value <= s.threshold when '<' then x.value < s.threshold
                           when '>=' then x.value >= s.threshold else x.value > s.threshold end
             and x.value <> 'NaN' as kept, x.value = 'NaN' as unknown
    from found x
    left join quality.specification s on s.metric_id = x.metric_id and s.until = 'infinity'
      and (s.instrument in ('', x.instrument)) and (s.band in ('', x.band))
  )
  select m.name, m.unit, count(*), j.specification,
         count(*) filter (where j.kept), count(*) filter (where not j.kept and not j.unknown)
  from judged j join quality.metric m using (metric_id)
  group by m.name, m.unit, j.specification order by 6 desc, m.name, j.specification
$$;
comment on function registry.touched_metrics is
'Metrics measured on these datasets and on what was made of them, and how many values keep or break each specification in force.';

-- Parquet files become a partition in four steps: open, stage (COPY), verify, publish. Killed anywhere, a replay ends the same.

-- Cones look at many footprints: unpacking them took half of that time.
alter table ingest.load alter column footprint set storage external;

create or replace function ingest.staged_name(p_target text, p_load bigint, p_token bigint) returns text
language sql immutable set search_path = pg_catalog as $$
  select format('%s_l%s_t%s', p_target, p_load, p_token)
$$;
comment on function ingest.staged_name is 'Name of the table that the holder of a token stages a load in: a late stager can never touch another one''s.';

create or replace function ingest.caller() returns text
language sql stable set search_path = pg_catalog as $$
  select case when current_setting('role') = 'none' then session_user::text else current_setting('role') end
$$;
comment on function ingest.caller is 'Role that called, also within a function that runs as its owner.';

-- A load that was opened and left holds its datasets until somebody else opens them; from then on it is refused.
create or replace function ingest.take_over(p_load bigint, p_target text, p_datasets bigint[]) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform from ingest.load l
  where l.target = p_target and l.state = 'open'
    and exists (select from ingest.load_file f where f.load_id = l.load_id and f.dataset_id = any(p_datasets))
  order by l.load_id for update;
  update ingest.load_file f set live = false from ingest.load l
  where l.load_id = f.load_id and l.load_id <> p_load and l.state = 'open'
    and f.target = p_target and f.dataset_id = any(p_datasets) and f.live
    and not exists (select from work.batch x where l.staged = ingest.staged_name(l.target, l.load_id, x.token));
  update ingest.load_file f set live = true from ingest.load l
  where l.load_id = f.load_id and l.load_id = p_load and l.state = 'open' and not f.live;
end $$;
comment on function ingest.take_over is 'Take datasets from loads that were opened and that no worker holds.';

-- The files of a load that merges others stay theirs until it is published: see merge.sql.
create or replace function ingest.holds_its_files(p_load bigint) returns boolean
language sql stable set search_path = pg_catalog as $$
  select not exists (
    select from ingest.load_file f
    where f.load_id = p_load and not f.live and not exists (
      select from ingest.load_file o join ingest.load l using (load_id)
      where o.target = f.target and o.dataset_id = f.dataset_id and o.live and l.state = 'published' and l.merged_into = p_load))
$$;
comment on function ingest.holds_its_files is 'Whether no other load took datasets of this one.';

create or replace function ingest.open_load(p_target text, p_run int, p_datasets bigint[], p_definition bytea)
returns table (load_id bigint, state text)
language plpgsql security definer set search_path = pg_catalog as $$
declare
  manifest bytea;
  known int;
begin
  if not exists (select from pg_class c where c.relnamespace = 'catalog'::regnamespace and c.relname = p_target and c.relkind = 'p') then
    raise exception 'no partitioned catalog table is called %', p_target using errcode = 'P0I01';
  end if;
  -- The manifest is made of dataset uids, not of content: equal content under another dataset is another load.
  select sha256(convert_to(p_target || ':' || string_agg(d.uid::text, ',' order by d.uid), 'UTF8')), count(d.n_rows)
  into manifest, known from registry.dataset d where d.dataset_id = any(p_datasets);
  if known is distinct from cardinality(p_datasets) or known = 0 then
    raise exception 'a load of % needs datasets that exist and are tables, each once: % of % are', p_target, known, cardinality(p_datasets)
      using errcode = 'P0I02';
  end if;
  insert into ingest.load as l (target, run_id, manifest_digest, definition_digest) values (p_target, p_run, manifest, p_definition)
  on conflict (target, manifest_digest) where l.state <> 'retired' do nothing returning l.load_id, l.state into load_id, state;
  if load_id is null then
    select l.load_id, l.state into load_id, state from ingest.load l
    where l.target = p_target and l.manifest_digest = manifest and l.state <> 'retired';
    if state is distinct from 'open' and state is distinct from 'published' then
      raise exception 'the load of these datasets into % is being retired', p_target
        using errcode = 'P0I03', hint = 'Finish that with `skyledger retire`, then load them again.';
    end if;
    perform ingest.take_over(load_id, p_target, p_datasets);
    return next;
    return;
  end if;
  perform ingest.take_over(load_id, p_target, p_datasets);
  insert into ingest.load_file (load_id, dataset_id, target, n_rows)
  select open_load.load_id, d.dataset_id, p_target, d.n_rows from registry.dataset d where d.dataset_id = any(p_datasets) order by d.dataset_id;
  return next;
end $$;
comment on function ingest.open_load is 'Open the load of these datasets into a catalog table, or find it again.';

create or replace function ingest.stage(p_load bigint, p_token bigint) returns text
language plpgsql security definer set search_path = pg_catalog as $$
declare
  l ingest.load;
  fresh text;
begin
  select * into l from ingest.load where load_id = p_load for update;
  if l.state is distinct from 'open' then
    raise exception 'load % is %: nothing is staged on it', p_load, coalesce(l.state, 'unknown') using errcode = 'P0I03';
  end if;
  if not ingest.holds_its_files(p_load) then
    raise exception 'load % was given up: another load took datasets of it', p_load using errcode = 'P0I04';
  end if;
  fresh := ingest.staged_name(l.target, p_load, p_token);
  if l.staged is not null then
    execute format('drop table if exists catalog_part.%I', l.staged);
  end if;
  execute format('create table catalog_part.%I (like catalog.%I including defaults including constraints)', fresh, l.target);
  execute format('grant select, insert on catalog_part.%I to %I', fresh, ingest.caller());
  update ingest.load set staged = fresh, n_rows = null where load_id = p_load;
  return fresh;
end $$;
comment on function ingest.stage is 'Make the table that a load is copied into, named with the stager''s token.';

create or replace function ingest.verify(p_load bigint, p_token bigint) returns bigint
language plpgsql security definer set search_path = pg_catalog as $$
declare
  l ingest.load;
  part text;
  definition text;
  name text;
  want bigint;
  got bigint;
  differing bigint;
  area int8multirange;
begin
  select * into l from ingest.load where load_id = p_load for update;
  part := ingest.staged_name(l.target, p_load, p_token);
  if l.state is distinct from 'open' or l.staged is distinct from part or not ingest.holds_its_files(p_load) then
    raise exception 'load % was taken over by another stager', p_load using errcode = 'P0I04';
  end if;
  if l.n_rows is not null then
    return l.n_rows;
  end if;
  -- What was counted stays what was counted.
  execute format('revoke insert on catalog_part.%I from %I', part, ingest.caller());
  select sum(n_rows) into want from ingest.load_file where load_id = p_load;
  execute format('select count(*) from catalog_part.%I', part) into got;
  execute format(
    'select count(*) from ingest.load_file f left join (select dataset_id, count(*) as n from catalog_part.%I group by 1) x using (dataset_id)
     where f.load_id = $1 and coalesce(x.n, 0) <> f.n_rows', part) using p_load into differing;
  if got is distinct from want or differing > 0 then
    raise exception 'load %: % rows staged, % expected, % files differ', p_load, got, want, differing using errcode = 'P0I05';
  end if;
  execute format('alter table catalog_part.%I add constraint bound check (load_id = %s)', part, p_load);
  -- An index missing here would be built under the lock of the attach.
  for name, definition in
    select c.relname, pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = format('catalog.%I', l.target)::regclass order by c.relname
  loop
    execute regexp_replace(definition, 'INDEX \S+ ON ONLY \S+', format('INDEX %I ON catalog_part.%I', part || '_' || right(md5(name), 8), part));
  end loop;
  execute format('analyze catalog_part.%I', part);
  -- Order 8 (0.23 degrees) is fine enough to prune cones and keeps the footprint to some hundred ranges.
  execute format('select range_agg(int8range(c << 42, (c + 1) << 42)) from (select distinct _healpix_29 >> 42 as c from catalog_part.%I) x', part)
  into area;
  update ingest.load set n_rows = got, footprint = area where load_id = p_load;
  return got;
end $$;
comment on function ingest.verify is 'Count a staged load against its manifest, bound it, index it and note its footprint.';

create or replace function ingest.note_files(p_load bigint, p_token bigint, p_datasets bigint[], p_statistics jsonb[]) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
  l ingest.load;
begin
  select * into l from ingest.load where load_id = p_load for update;
  if l.state is distinct from 'open' or l.staged is distinct from ingest.staged_name(l.target, p_load, p_token) then
    raise exception 'load % was taken over by another stager', p_load using errcode = 'P0I04';
  end if;
  update ingest.load_file f set statistics = s.statistics from unnest(p_datasets, p_statistics) as s (dataset_id, statistics)
  where f.load_id = p_load and f.dataset_id = s.dataset_id;
end $$;
comment on function ingest.note_files is 'Note what the columns of staged files hold.';

-- Planning and locking grow with the partitions, so their number is bounded. The lock is what the attach takes anyway: who
-- counts under it counts alone.
create or replace function ingest.take_a_place(p_target text) returns void
language plpgsql set search_path = pg_catalog as $$
begin
  execute format('lock table only catalog.%I in share update exclusive mode', p_target);
  if (select count(*) >= 64 from pg_inherits where inhparent = format('catalog.%I', p_target)::regclass) then
    raise exception 'catalog % has 64 partitions, as many as it may have', p_target
      using errcode = 'P0I07', hint = 'Merge small loads with `skyledger compact`.';
  end if;
end $$;
comment on function ingest.take_a_place is 'Refuse one partition too many of a catalog table; holds until the transaction ends.';

-- Readers queue behind whoever waits for a lock of the table, so nobody waits for long.
create or replace function ingest.publish(p_load bigint, p_token bigint) returns bigint
language plpgsql security definer set search_path = pg_catalog set lock_timeout = '2s' as $$
declare
  l ingest.load;
begin
  select * into l from ingest.load where load_id = p_load for update;
  if l.state = 'published' then
    return l.n_rows;
  end if;
  perform from ingest.load o where o.merged_into = p_load order by o.load_id for update;
  if l.state is distinct from 'open' or l.staged is distinct from ingest.staged_name(l.target, p_load, p_token) or l.n_rows is null
     or not ingest.holds_its_files(p_load) then
    raise exception 'load % is not verified under this token', p_load using errcode = 'P0I06';
  end if;
  perform ingest.replace_merged(p_load, l.target);
  perform ingest.take_a_place(l.target);
  execute format('alter table catalog.%I attach partition catalog_part.%I for values in (%s)', l.target, l.staged, p_load);
  update ingest.load set state = 'published', published_at = clock_timestamp() where load_id = p_load;
  return l.n_rows;
end $$;
comment on function ingest.publish is 'Attach a verified load: its rows become visible, all at once.';

-- A chain in the order in which it is searched: depth first, each collection once, where it comes first. The arrays of
-- positions on the way down sort as the search goes.
create or replace function registry.flatten(p_collections int[], p_at timestamptz default 'infinity')
returns table (collection_id int, place bigint)
language sql stable security definer set search_path = pg_catalog as $$
  with recursive down (collection_id, path) as (
    select x.collection_id, array[x.place] from unnest(p_collections) with ordinality x (collection_id, place)
    union all
    select n.child, d.path || n.position::bigint
    from down d join registry.collection_chain n on n.parent = d.collection_id
    where n.until = 'infinity' and p_at = 'infinity' or n.since <= p_at and p_at < n.until
    -- Chains of today have no circles, and those of a moment between two changes may have had one.
  ) cycle collection_id set looped using trail, once as (
    select d.collection_id, min(d.path) as path from down d
    join registry.collection c using (collection_id) where c.kind <> 'chained' group by 1
  )
  select o.collection_id, row_number() over (order by o.path) from once o
$$;
comment on function registry.flatten is 'The collections that are searched for these, in order; chains are followed, as they were at a time.';

-- Two looks into indexes of members for each coordinate and collection, whatever the size of the collections: what is
-- there, and, for a time that is over, what has left since. A calibration has no place here: which one counts depends on
-- when the light fell.
create or replace function registry.find_first(
  p_collections int[], p_dataset_type int, p_coordinates bigint[], p_at timestamptz default 'infinity')
returns table (coordinate_id bigint, dataset_id bigint, collection_id int)
language sql stable security definer set search_path = pg_catalog as $$
  select o.coordinate_id, f.dataset_id, f.collection_id
  from unnest(p_coordinates) o (coordinate_id)
  cross join lateral (
    select m.dataset_id, m.collection_id
    from unnest(p_collections) with ordinality x (collection_id, place)
    cross join lateral (
      select n.dataset_id, n.collection_id from registry.member n
      where n.collection_id = x.collection_id and n.dataset_type_id = p_dataset_type
        and n.coordinate_id = o.coordinate_id and n.until = 'infinity' and n.since <= p_at
      union all
      select n.dataset_id, n.collection_id from registry.member n
      where p_at < 'infinity' and n.collection_id = x.collection_id and n.dataset_type_id = p_dataset_type
        and n.coordinate_id = o.coordinate_id and n.until < 'infinity' and n.since <= p_at and p_at < n.until) m
    order by x.place limit 1) f
$$;
comment on function registry.find_first is
  'The dataset of a type at each coordinate that the first of these collections holds, or held at a time.';

-- What holds for a calibration type at a time, first of all collections that have one.
create or replace function registry.find_calibration(p_collections int[], p_dataset_type int, p_coordinates bigint[], p_times bigint[])
returns table (coordinate_id bigint, tai_ns bigint, dataset_id bigint, collection_id int)
language sql stable security definer set search_path = pg_catalog as $$
  select o.coordinate_id, o.tai_ns, f.dataset_id, f.collection_id
  from unnest(p_coordinates, p_times) o (coordinate_id, tai_ns)
  cross join lateral (
    select v.dataset_id, v.collection_id
    from unnest(p_collections) with ordinality x (collection_id, place)
    join registry.calibration_validity v
      on int8range(v.collection_id, v.collection_id, '[]') = int8range(x.collection_id, x.collection_id, '[]')
      and int8range(v.dataset_type_id, v.dataset_type_id, '[]') = int8range(p_dataset_type, p_dataset_type, '[]')
      and int8range(v.coordinate_id, v.coordinate_id, '[]') = int8range(o.coordinate_id, o.coordinate_id, '[]')
      and v.valid @> o.tai_ns and v.until = 'infinity'
    order by x.place limit 1) f
$$;
comment on function registry.find_calibration is 'The calibration of a type that holds at each coordinate and time, of the first of these collections that has one.';

create view public.dataset as
select d.dataset_id, d.uid, y.name as dataset_type, c.instrument, c.detector, c.exposure, coalesce(c.visit, e.visit) as visit,
       coalesce(c.band, f.band) as band, c.healpix, t.name as task, d.output_name, d.quantum_id, d.execution_id,
       encode(d.content_digest, 'hex') as content_digest, d.n_rows, o.file_name, o.part, d.created_at,
       encode(v.code_digest, 'hex') as code_digest, v.git_commit, v.git_dirty, g.body as config,
       -- Not a join: a query that does not ask for the path does not pay for it.
       (select a.path from registry.artifact a
        where a.content_digest = d.content_digest and a.part = coalesce(o.part, '') and a.state = 'present'
        order by a.artifact_id limit 1) as path,
       encode(g.digest, 'hex') as config_digest,
       d.coordinate_id, coalesce(c.physical_filter, e.physical_filter) as physical_filter,
       coalesce(c.day_obs, e.day_obs) as day_obs, e.obs_start_mjd_tai, e.exp_time,
       c.skymap, c.tract, c.patch, c.cell, c.subfilter
from registry.dataset d
join registry.dataset_type y using (dataset_type_id)
join registry.coordinate c using (coordinate_id)
left join registry.exposure e on e.instrument = c.instrument and e.exposure = c.exposure
left join registry.physical_filter f on f.instrument = e.instrument and f.physical_filter = e.physical_filter
left join registry.quantum q on q.quantum_id = d.quantum_id
left join registry.task_version v on v.task_version_id = q.task_version_id
left join registry.task t on t.task_id = v.task_id
left join registry.config g on g.config_id = q.config_id
left join registry.origin o on o.dataset_id = d.dataset_id;
comment on view public.dataset is 'Datasets with their data IDs and makers.';
comment on column public.dataset.dataset_id is 'Key of the dataset in this ledger.';
comment on column public.dataset.uid is 'Identity of the dataset at every site.';
comment on column public.dataset.dataset_type is 'Dataset type, e.g. visit_image.';
comment on column public.dataset.instrument is 'Instrument, where the data ID has one.';
comment on column public.dataset.detector is 'Detector, where the data ID has one.';
comment on column public.dataset.exposure is 'Exposure, where the data ID has one.';
comment on column public.dataset.visit is 'Visit, where the data ID has one.';
comment on column public.dataset.band is 'Band of the exposure, where the data ID has one.';
comment on column public.dataset.healpix is 'HEALPix cell (4 * 4^order + pixel), where the data ID has one.';
comment on column public.dataset.task is 'Task that made it; NULL for files from outside.';
comment on column public.dataset.output_name is 'Name of the output in the task.';
comment on column public.dataset.quantum_id is 'Quantum that made it; NULL for files from outside.';
comment on column public.dataset.execution_id is 'Execution that made it; NULL for files from outside.';
comment on column public.dataset.content_digest is 'SHA-256 of the logical content, hexadecimal.';
comment on column public.dataset.n_rows is 'Rows, where the dataset is a table.';
comment on column public.dataset.file_name is 'Name of the file that came from outside; NULL for what was made here.';
comment on column public.dataset.part is 'HDU within that file.';
comment on column public.dataset.created_at is 'When it was registered.';
comment on column public.dataset.code_digest is 'SHA-256 of the code of the task, hexadecimal; NULL for files from outside.';
comment on column public.dataset.git_commit is 'Commit at which that code was first seen; empty outside a checkout.';
comment on column public.dataset.git_dirty is 'Whether the checkout had uncommitted changes then.';
comment on column public.dataset.config is 'Every parameter that changes the result, with its value; NULL for files from outside.';
comment on column public.dataset.path is 'File that holds it, below the root of the store; NULL when none is left.';
comment on column public.dataset.config_digest is 'SHA-256 of the configuration, hexadecimal; NULL for files from outside.';
comment on column public.dataset.coordinate_id is 'Key of the data ID in this ledger.';
comment on column public.dataset.physical_filter is 'Filter in the camera''s own words, where the data ID has one.';
comment on column public.dataset.day_obs is 'Observing night, YYYYMMDD, where the data ID has one.';
comment on column public.dataset.obs_start_mjd_tai is 'Opening of the shutter of the exposure, MJD (TAI) [d].';
comment on column public.dataset.exp_time is 'Exposure time [s].';
comment on column public.dataset.skymap is 'Skymap, where the data ID has one.';
comment on column public.dataset.tract is 'Tract of the skymap, where the data ID has one.';
comment on column public.dataset.patch is 'Patch of the tract, where the data ID has one.';
comment on column public.dataset.cell is 'Cell of the patch, where the data ID has one.';
comment on column public.dataset.subfilter is 'Part of the band, where the data ID has one.';

create view public.run as
select r.run_id, c.name as run, r.pipeline, r.created_at,
       coalesce(u.n_units, 0) as n_units, coalesce(u.n_waiting, 0) as n_waiting,
       coalesce(u.n_ready, 0) - coalesce(l.n_leased, 0) as n_ready, coalesce(l.n_leased, 0) as n_leased,
       coalesce(u.n_done, 0) as n_done, coalesce(u.n_reused, 0) as n_reused,
       coalesce(u.n_dead, 0) as n_dead, coalesce(u.n_blocked, 0) as n_blocked, coalesce(u.n_cancelled, 0) as n_cancelled,
       coalesce(u.n_waiting + u.n_ready, 0) = 0 as ended,
       coalesce(s.paused, false) as paused, s.weight, coalesce(u.left_ms, 0) / 1000.0::float8 as left_s
from registry.run r
join registry.collection c on c.collection_id = r.run_id
left join work.share s using (run_id)
left join (
  select x.run_id, count(*) as n_leased from work.lease join work.unit x using (unit_id) group by 1
) l using (run_id)
left join lateral (
  select count(*) as n_units,
         count(*) filter (where state = 'waiting') as n_waiting, count(*) filter (where state = 'ready') as n_ready,
         count(*) filter (where state = 'done') as n_done,
         count(*) filter (where state = 'reused') as n_reused, count(*) filter (where state = 'dead') as n_dead,
         count(*) filter (where state = 'blocked') as n_blocked,
         count(*) filter (where state = 'cancelled') as n_cancelled,
         sum(est_ms) filter (where state in ('waiting', 'ready')) as left_ms
  from work.unit where run_id = r.run_id
) u on true;
comment on view public.run is 'Runs and how far they are.';
comment on column public.run.run_id is 'Key of the run in this ledger.';
comment on column public.run.run is 'Name of the run; also the name of the collection that it fills.';
comment on column public.run.pipeline is 'Pipeline; `ingest` for what comes from outside.';
comment on column public.run.created_at is 'When it was planned.';
comment on column public.run.n_units is 'Work units.';
comment on column public.run.n_waiting is 'Units that wait for others.';
comment on column public.run.n_ready is 'Units that a worker may claim.';
comment on column public.run.n_leased is 'Units that a worker has.';
comment on column public.run.n_done is 'Units computed.';
comment on column public.run.n_reused is 'Units whose result was found when they ran.';
comment on column public.run.n_dead is 'Units that failed for good.';
comment on column public.run.n_blocked is 'Units that need a dead one.';
comment on column public.run.n_cancelled is 'Units that were taken out of the queue by hand.';
comment on column public.run.ended is 'Whether nothing waits, is ready or is leased.';
comment on column public.run.paused is 'Whether an operator paused it: nothing of it is claimed until it is resumed.';
comment on column public.run.weight is 'Share of the workers against other runs; NULL where there are no units.';
comment on column public.run.left_s is 'Expected duration of what has not ended, one unit after the other [s].';

create view public.work_unit as
select u.unit_id, c.name as run, t.name as task, o.instrument, o.exposure, o.detector,
       case when l.unit_id is null then u.state else 'leased' end as state,
       (u.attempt + (l.unit_id is not null)::int)::smallint as attempt, u.max_attempts, u.unmet,
       u.quantum_id, u.run_id
from work.unit u
left join work.lease l using (unit_id)
join registry.collection c on c.collection_id = u.run_id
join registry.quantum q using (quantum_id)
join registry.coordinate o using (coordinate_id)
join registry.task_version v using (task_version_id)
join registry.task t using (task_id);
comment on view public.work_unit is 'Work units: quanta scheduled in a run.';
comment on column public.work_unit.unit_id is 'Key of the unit.';
comment on column public.work_unit.run is 'Run.';
comment on column public.work_unit.task is 'Task.';
comment on column public.work_unit.instrument is 'Instrument, where the data ID has one.';
comment on column public.work_unit.exposure is 'Exposure, where the data ID has one.';
comment on column public.work_unit.detector is 'Detector, where the data ID has one.';
comment on column public.work_unit.state is 'waiting, ready, leased, done, reused, dead, blocked or cancelled.';
comment on column public.work_unit.attempt is 'Attempts so far.';
comment on column public.work_unit.max_attempts is 'Attempts after which it is dead.';
comment on column public.work_unit.unmet is 'Dependencies that have not settled.';
comment on column public.work_unit.quantum_id is 'Quantum.';
comment on column public.work_unit.run_id is 'Key of the run.';

create view public.measurement as
select m.name as metric, x.value, m.unit, d.instrument, d.exposure, d.visit, d.detector, d.band, e.day_obs,
       d.dataset_type, x.dataset_id, m.description
from quality.measurement x
join quality.metric m using (metric_id)
join public.dataset d using (dataset_id)
left join registry.exposure e on e.instrument = d.instrument and e.exposure = d.exposure;
comment on view public.measurement is 'Values of metrics on datasets.';
comment on column public.measurement.metric is 'Name of the metric.';
comment on column public.measurement.value is 'Value; NaN when it could not be measured.';
comment on column public.measurement.unit is 'Unit of the value.';
comment on column public.measurement.instrument is 'Instrument of the dataset.';
comment on column public.measurement.exposure is 'Exposure of the dataset.';
comment on column public.measurement.visit is 'Visit of the dataset.';
comment on column public.measurement.detector is 'Detector of the dataset.';
comment on column public.measurement.band is 'Band of the dataset.';
comment on column public.measurement.day_obs is 'Observing night, YYYYMMDD.';
comment on column public.measurement.dataset_type is 'Type of the dataset that is described.';
comment on column public.measurement.dataset_id is 'Dataset that is described.';
comment on column public.measurement.description is 'What the metric says.';

create view public.verdict as
select x.metric, s.specification, x.value, s.operator, s.threshold, x.unit,
       case
         when x.value = 'NaN' then null
         when s.operator = '<=' then x.value <= s.threshold
         when s.operator = '<' then x.value < s.threshold
         when s.operator = '>=' then x.value >= s.threshold
         when s.operator = '>' then x.value > s.threshold
       end as ok,
       x.instrument, x.exposure, x.visit, x.detector, x.band, x.day_obs, x.dataset_type, x.dataset_id, s.description
from public.measurement x
join public.specification s
  on s.metric = x.metric and (s.instrument is null or s.instrument = x.instrument) and (s.band is null or s.band = x.band);
comment on view public.verdict is 'Measurements against the specifications in force.';
comment on column public.verdict.metric is 'Name of the metric.';
comment on column public.verdict.specification is 'Name of the specification.';
comment on column public.verdict.value is 'Value; NaN when it could not be measured.';
comment on column public.verdict.operator is 'How the value must stand to the threshold.';
comment on column public.verdict.threshold is 'Threshold in the unit.';
comment on column public.verdict.unit is 'Unit of value and threshold.';
comment on column public.verdict.ok is 'Whether the value keeps the specification; NULL when it could not be measured.';
comment on column public.verdict.instrument is 'Instrument of the dataset.';
comment on column public.verdict.exposure is 'Exposure of the dataset.';
comment on column public.verdict.visit is 'Visit of the dataset.';
comment on column public.verdict.detector is 'Detector of the dataset.';
comment on column public.verdict.band is 'Band of the dataset.';
comment on column public.verdict.day_obs is 'Observing night, YYYYMMDD.';
comment on column public.verdict.dataset_type is 'Type of the dataset that is described.';
comment on column public.verdict.dataset_id is 'Dataset that is described.';
comment on column public.verdict.description is 'Why the specification is what it is.';

create view public.mark as
select m.mark_id, m.verdict, m.reason, m.author, m.created_at, m.revoked_at, m.dataset_id, t.name as task,
       encode(v.code_digest, 'hex') as code_digest, g.body as config, encode(g.digest, 'hex') as config_digest
from registry.mark m
left join registry.task_version v using (task_version_id)
left join registry.task t using (task_id)
left join registry.config g on g.config_id = m.config_id;
comment on view public.mark is 'What people found bad, suspect or superseded: a dataset, the code of a task, or a configuration.';
comment on column public.mark.mark_id is 'Key of the mark.';
comment on column public.mark.verdict is 'bad, suspect or superseded.';
comment on column public.mark.reason is 'Why, in one sentence.';
comment on column public.mark.author is 'Database user who marked.';
comment on column public.mark.created_at is 'When it was marked (UTC).';
comment on column public.mark.revoked_at is 'When the mark was taken back (UTC); NULL while it holds.';
comment on column public.mark.dataset_id is 'Marked dataset.';
comment on column public.mark.task is 'Task whose code is marked.';
comment on column public.mark.code_digest is 'SHA-256 of the marked code, hexadecimal.';
comment on column public.mark.config is 'Marked configuration.';
comment on column public.mark.config_digest is 'SHA-256 of the marked configuration, hexadecimal.';

create view public.taint as
select v.verdict, w.dataset_id, w.depth = 0 as marked
from (
  select r.verdict, array_agg(r.dataset_id) as roots
  from (
    select m.verdict, m.dataset_id from registry.mark m where m.dataset_id is not null and m.revoked_at is null
    union all
    -- What marked code or a marked configuration made; quanta are found by their indexes, datasets by their quanta.
    select m.verdict, d.dataset_id
    from registry.mark m
    cross join lateral (
      select q.quantum_id from registry.quantum q where q.task_version_id = m.task_version_id
      union all
      select q.quantum_id from registry.quantum q where q.config_id = m.config_id
    ) q
    join registry.dataset d using (quantum_id)
    where m.dataset_id is null and m.revoked_at is null
  ) r
  group by r.verdict
) v
cross join lateral registry.downstream(v.roots) w;
comment on view public.taint is
'Datasets that carry a mark that holds, or were made from one that does; the marks are the cause, this follows from them.';
comment on column public.taint.verdict is 'bad, suspect or superseded.';
comment on column public.taint.dataset_id is 'Dataset.';
comment on column public.taint.marked is 'Whether the mark is on the dataset, its code or its configuration; else on an ancestor.';

create view public.reproduction as
select r.reproduction_id, r.dataset_id, r.verdict, r.difference, encode(r.content_digest, 'hex') as content_digest,
       r.recorded_class, r.compatibility_class, r.cpu_s, r.author, r.created_at
from registry.reproduction r;
comment on view public.reproduction is 'Datasets that were made again from their record, and what came out.';
comment on column public.reproduction.reproduction_id is 'Key of the reproduction.';
comment on column public.reproduction.dataset_id is 'Dataset that was made again.';
comment on column public.reproduction.verdict is 'identical or different, by content.';
comment on column public.reproduction.difference is 'What differs: rows, ids, and column by column; NULL: nothing.';
comment on column public.reproduction.content_digest is 'SHA-256 of the content that came out, hexadecimal.';
comment on column public.reproduction.recorded_class is 'Compatibility class of the environment that made the dataset.';
comment on column public.reproduction.compatibility_class is 'Compatibility class of the environment it was made again in.';
comment on column public.reproduction.cpu_s is 'CPU time that it took [s].';
comment on column public.reproduction.author is 'Database user who asked for it.';
comment on column public.reproduction.created_at is 'When it was made again (UTC).';

create view public.nondeterminism as
select n.nondeterminism_id, n.created_at, t.name as task, c.instrument, c.visit, c.exposure, c.detector, n.output_name, d.dataset_id,
       q.salt, encode(n.expected, 'hex') as expected, encode(n.got, 'hex') as got, n.execution_id, w.host, n.quantum_id,
       array(
         select o.dataset_id from registry.dataset o join registry.quantum p on p.quantum_id = o.quantum_id
         where q.salt > 0 and o.content_digest = n.expected and o.output_name = n.output_name and o.quantum_id <> n.quantum_id
           and (p.task_version_id, p.config_id, p.coordinate_id) = (q.task_version_id, q.config_id, q.coordinate_id)
         order by 1) as original_ids
from registry.nondeterminism n
join registry.quantum q on q.quantum_id = n.quantum_id
join registry.task_version v on v.task_version_id = q.task_version_id
join registry.task t on t.task_id = v.task_id
join registry.coordinate c on c.coordinate_id = q.coordinate_id
left join registry.dataset d on d.quantum_id = n.quantum_id and d.output_name = n.output_name
left join work.execution e on e.execution_id = n.execution_id
left join work.worker w on w.worker_id = e.worker_id;
comment on view public.nondeterminism is 'Outputs that came out differently when the same recipe ran again on equal content.';
comment on column public.nondeterminism.nondeterminism_id is 'Key of the finding.';
comment on column public.nondeterminism.created_at is 'When it was seen (UTC).';
comment on column public.nondeterminism.task is 'Task.';
comment on column public.nondeterminism.instrument is 'Instrument of the data ID.';
comment on column public.nondeterminism.visit is 'Visit of the data ID.';
comment on column public.nondeterminism.exposure is 'Exposure of the data ID.';
comment on column public.nondeterminism.detector is 'Detector of the data ID.';
comment on column public.nondeterminism.output_name is 'Output that differed.';
comment on column public.nondeterminism.dataset_id is 'Dataset that is registered for that output of the quantum.';
comment on column public.nondeterminism.salt is 'Above 0: it was recomputed on purpose, and differs from what was there before.';
comment on column public.nondeterminism.expected is 'SHA-256 of the content that was known, hexadecimal.';
comment on column public.nondeterminism.got is 'SHA-256 of the content that came out, hexadecimal.';
comment on column public.nondeterminism.execution_id is 'Execution that differed.';
comment on column public.nondeterminism.host is 'Host that it ran on; NULL where its record was pruned.';
comment on column public.nondeterminism.quantum_id is 'Quantum.';
comment on column public.nondeterminism.original_ids is
'Of what was recomputed on purpose, the datasets of the same recipe with the content that was known.';

create view public.queue_depth as
select q.queue, q.name as class, c.name as run,
       count(*) filter (where x.waits and x.not_before = '-infinity') as n_ready,
       count(*) filter (where x.waits and x.not_before > '-infinity' and x.not_before < 'infinity') as n_backing_off,
       count(*) filter (where x.waits and x.not_before = 'infinity') as n_paused,
       count(*) filter (where not x.waits) as n_leased,
       extract(epoch from clock_timestamp() - min(x.since) filter (where x.waits and x.not_before = '-infinity'))::float8 as oldest_ready_s,
       extract(epoch from clock_timestamp() - min(x.since) filter (where not x.waits))::float8 as oldest_lease_s
from (
  select r.unit_id, r.queue, r.since, r.not_before, true as waits from work.ready r
  union all
  select l.unit_id, null, l.acquired_at, null, false from work.lease l
) x
join work.unit u using (unit_id)
join work.queue q on q.queue = coalesce(x.queue, u.queue)
join registry.collection c on c.collection_id = u.run_id
group by q.queue, q.name, c.name;
comment on view public.queue_depth is 'What lies in the queues and what workers hold, by queue and run.';
comment on column public.queue_depth.queue is 'Number of the queue.';
comment on column public.queue_depth.class is 'Class of resources that the queue is of: normal, large, huge or one of your own.';
comment on column public.queue_depth.run is 'Run.';
comment on column public.queue_depth.n_ready is 'Units that may be claimed now.';
comment on column public.queue_depth.n_backing_off is 'Units that failed and wait before the next attempt.';
comment on column public.queue_depth.n_paused is 'Units of a run that an operator paused.';
comment on column public.queue_depth.n_leased is 'Units that a worker holds.';
comment on column public.queue_depth.oldest_ready_s is 'How long the unit that waits longest has been ready [s].';
comment on column public.queue_depth.oldest_lease_s is 'How long the oldest lease has been held [s].';

create view public.throughput as
select date_trunc('minute', e.ended_at) as minute, e.task, e.outcome, count(*) as n, sum(e.cpu_s::numeric)::float8 as cpu_s
from public.execution e
where e.ended_at > now() - interval '1 day'
group by 1, 2, 3;
comment on view public.throughput is 'Attempts that ended in each minute of the last day, by task and outcome.';
comment on column public.throughput.minute is 'Minute in which they ended (UTC).';
comment on column public.throughput.task is 'Task.';
comment on column public.throughput.outcome is 'ok, reused, error or lost.';
comment on column public.throughput.n is 'Attempts.';
comment on column public.throughput.cpu_s is 'CPU time [s].';

create view public.latency as
select e.task, count(*) as n,
       percentile_cont(0.5) within group (order by e.wall_s) as wall_s_median,
       percentile_cont(0.95) within group (order by e.wall_s) as wall_s_p95,
       max(e.wall_s) as wall_s_max,
       max(e.max_rss_mb) as max_rss_mb
from public.execution e
where e.ended_at > now() - interval '1 day' and e.outcome = 'ok'
group by 1;
comment on view public.latency is 'How long the attempts took that ended well in the last day, by task.';
comment on column public.latency.task is 'Task.';
comment on column public.latency.n is 'Attempts.';
comment on column public.latency.wall_s_median is 'Half of them took less [s].';
comment on column public.latency.wall_s_p95 is '95 of 100 took less [s].';
comment on column public.latency.wall_s_max is 'The longest [s].';
comment on column public.latency.max_rss_mb is 'The largest peak of resident memory [MiB].';

create view public.failure_class as
select coalesce(e.error_class, e.outcome) as error_class, e.task, count(*) as n, count(distinct e.unit_id) as n_units,
       count(distinct e.unit_id) filter (where u.state = 'dead') as n_dead, max(e.ended_at) as latest,
       (array_agg(e.error order by e.execution_id desc))[1] as example
from public.execution e
join work.unit u using (unit_id)
where e.ended_at > now() - interval '1 day' and e.outcome in ('error', 'lost')
  -- Who cancels a run takes units away; nothing failed.
  and e.error_class is distinct from 'CalledOff'
group by 1, 2;
comment on view public.failure_class is 'Attempts that failed in the last day, by the class of the error and task.';
comment on column public.failure_class.error_class is 'Class of the error; LeaseLost where a worker died or fell silent.';
comment on column public.failure_class.task is 'Task.';
comment on column public.failure_class.n is 'Attempts.';
comment on column public.failure_class.n_units is 'Units.';
comment on column public.failure_class.n_dead is 'Units that are dead now.';
comment on column public.failure_class.latest is 'When the latest failed (UTC).';
comment on column public.failure_class.example is 'What the latest one said.';

create view public.worker as
select w.worker_id, w.host, w.pid, w.software_id, w.started_at, w.last_seen, w.stopped_at, coalesce(l.n, 0) as n_leased
from work.worker w
left join (select worker_id, sum(cardinality(units)) as n from work.batch group by 1) l using (worker_id);
comment on view public.worker is 'Worker processes, those that have ended too.';
comment on column public.worker.worker_id is 'Key of the worker.';
comment on column public.worker.host is 'Host.';
comment on column public.worker.pid is 'Process on that host.';
comment on column public.worker.software_id is 'Environment.';
comment on column public.worker.started_at is 'When it began (UTC).';
comment on column public.worker.last_seen is 'Its last heartbeat (UTC).';
comment on column public.worker.stopped_at is 'When it ended, as far as known (UTC).';
comment on column public.worker.n_leased is 'Units that it holds.';

create view public.campaign as
select c.name as campaign, v.version, v.definition ->> 'description' as description, v.definition ->> 'pipeline' as pipeline,
       v.definition -> 'overrides' as overrides, v.definition -> 'inputs' as inputs, v.definition ->> 'where' as condition,
       v.definition ->> 'exclude' as exclusion, v.definition ->> 'every' as every, v.cadence,
       v.author, v.created_at, t.turn as last_turn, t.due_at as last_due_at, t.due_at + v.cadence as next_due_at
from registry.campaign c
join registry.campaign_version v using (campaign_id)
left join lateral (
  select r.turn, r.due_at from registry.campaign_run r where r.campaign_id = c.campaign_id order by r.turn desc limit 1
) t on true
where v.version = (select max(x.version) from registry.campaign_version x where x.campaign_id = c.campaign_id);
comment on view public.campaign is 'Campaigns as they are now, with the turn that was last.';
comment on column public.campaign.campaign is 'Name of the campaign.';
comment on column public.campaign.version is 'Version that is in force.';
comment on column public.campaign.description is 'What it is for.';
comment on column public.campaign.pipeline is 'Pipeline: shipped, or the path of a file.';
comment on column public.campaign.overrides is 'Parameters that differ from the pipeline''s.';
comment on column public.campaign.inputs is 'Collections that inputs are taken from; empty for what the pipeline takes by itself.';
comment on column public.campaign.condition is 'Condition on the view dataset for the data IDs to start from; NULL for all.';
comment on column public.campaign.exclusion is 'SELECT of what is left out; NULL for nothing.';
comment on column public.campaign.every is 'Time from one turn to the next, as it was written; NULL where turns are made by hand only.';
comment on column public.campaign.cadence is 'The same as an interval.';
comment on column public.campaign.author is 'Database user who made the version.';
comment on column public.campaign.created_at is 'When the version came into force (UTC).';
comment on column public.campaign.last_turn is 'Number of the last turn; NULL before the first.';
comment on column public.campaign.last_due_at is 'When the last turn was due (UTC).';
comment on column public.campaign.next_due_at is 'When the next turn is due (UTC); NULL before the first, and without a cadence.';

create view public.campaign_turn as
select c.name as campaign, t.turn, t.version, n.name as run, t.due_at, t.created_at, t.author, t.n_to_run, t.n_reused,
       t.n_excluded, t.estimated_cpu_s, t.estimated_bytes, w.cpu_s, w.wall_s, b.n_bytes, u.n_failed, u.n_going,
       p.created_at as reported_at, before.turn as compared_with, p.comparison, j.verdict, j.by_rule, j.reason, t.pipeline, t.code
from registry.campaign_run t
join registry.campaign c using (campaign_id)
join registry.collection n on n.collection_id = t.run_id
left join registry.campaign_report p using (campaign_run_id)
left join registry.campaign_run before on before.campaign_run_id = p.previous
-- By offset 0 each run costs looks into indexes, as many as it has units: else all of all runs is read and compared.
left join lateral (
  select sum(e.cpu_s) as cpu_s, extract(epoch from max(e.ended_at) - min(e.started_at))::float8 as wall_s
  from work.unit x
  cross join lateral (
    select y.cpu_s, y.started_at, y.ended_at from work.execution y where y.unit_id = x.unit_id offset 0) e
  where x.run_id = t.run_id
) w on true
left join lateral (
  select count(*) filter (where x.state in ('dead', 'blocked', 'cancelled')) as n_failed,
         count(*) filter (where x.state in ('waiting', 'ready')) as n_going
  from work.unit x where x.run_id = t.run_id
) u on true
left join lateral (
  -- Files, not datasets: equal content shares them.
  select sum(f.n_bytes)::int8 as n_bytes
  from (select distinct a.artifact_id, a.n_bytes
        from registry.member m
        cross join lateral (
          select y.content_digest from registry.dataset y where y.dataset_id = m.dataset_id offset 0) d
        join registry.artifact a on a.content_digest = d.content_digest and a.state = 'present'
        where m.collection_id = t.run_id and m.until = 'infinity' and m.how = 'computed') f
) b on true
left join lateral (
  select v.verdict, v.by_rule, v.reason from registry.campaign_verdict v
  where v.campaign_run_id = t.campaign_run_id order by v.by_rule, v.campaign_verdict_id desc limit 1
) j on true;
comment on view public.campaign_turn is 'Turns of campaigns: what they were to cost, what they cost, and how they turned out.';
comment on column public.campaign_turn.campaign is 'Name of the campaign.';
comment on column public.campaign_turn.turn is 'Number of the turn, from 1.';
comment on column public.campaign_turn.version is 'Version of the campaign that it follows.';
comment on column public.campaign_turn.run is 'Run that does it.';
comment on column public.campaign_turn.due_at is 'When it was due (UTC).';
comment on column public.campaign_turn.created_at is 'When it was planned (UTC).';
comment on column public.campaign_turn.author is 'Database user who began it.';
comment on column public.campaign_turn.n_to_run is 'Quanta that the plan had to compute.';
comment on column public.campaign_turn.n_reused is 'Quanta whose results were there already.';
comment on column public.campaign_turn.n_excluded is 'Datasets that the exclusion left out.';
comment on column public.campaign_turn.estimated_cpu_s is 'CPU time that the plan foresaw [s]; NULL where nothing like it had run.';
comment on column public.campaign_turn.estimated_bytes is 'Size of the files that the plan foresaw [byte]; NULL where nothing like it had run.';
comment on column public.campaign_turn.cpu_s is 'CPU time of all attempts [s]; NULL before the first.';
comment on column public.campaign_turn.wall_s is 'From the begin of the first attempt to the end of the last [s].';
comment on column public.campaign_turn.n_bytes is 'Size of the files of what it computed [byte].';
comment on column public.campaign_turn.n_failed is 'Units that are dead, blocked or cancelled.';
comment on column public.campaign_turn.n_going is 'Units that have not ended.';
comment on column public.campaign_turn.reported_at is 'When it was compared and judged (UTC); NULL while it goes on.';
comment on column public.campaign_turn.compared_with is 'Turn that it was compared with; NULL for the first.';
comment on column public.campaign_turn.comparison is 'What `skyledger compare` said of the two runs.';
comment on column public.campaign_turn.verdict is 'better, same, worse or failed; that of a person counts before that of the rules.';
comment on column public.campaign_turn.by_rule is 'Whether the rules said it, and not a person.';
comment on column public.campaign_turn.reason is 'Why.';
comment on column public.campaign_turn.pipeline is 'The pipeline as it was, overrides included.';
comment on column public.campaign_turn.code is 'Commit, compatibility class, and code digest of each task.';

create view public.campaign_exclusion as
select c.name as campaign, t.turn, x.dataset_id
from registry.campaign_exclusion x
join registry.campaign_run t using (campaign_run_id)
join registry.campaign c using (campaign_id);
comment on view public.campaign_exclusion is 'Datasets that turns of campaigns left out of what they started from.';
comment on column public.campaign_exclusion.campaign is 'Name of the campaign.';
comment on column public.campaign_exclusion.turn is 'Number of the turn.';
comment on column public.campaign_exclusion.dataset_id is 'Dataset that was left out.';

create view public.campaign_verdict as
select c.name as campaign, t.turn, v.verdict, v.by_rule, v.reason, v.author, v.created_at
from registry.campaign_verdict v
join registry.campaign_run t using (campaign_run_id)
join registry.campaign c using (campaign_id);
comment on view public.campaign_verdict is 'Every verdict on turns of campaigns, of the rules and of people.';
comment on column public.campaign_verdict.campaign is 'Name of the campaign.';
comment on column public.campaign_verdict.turn is 'Number of the turn.';
comment on column public.campaign_verdict.verdict is 'better, same, worse or failed.';
comment on column public.campaign_verdict.by_rule is 'Whether the rules said it, and not a person.';
comment on column public.campaign_verdict.reason is 'Why.';
comment on column public.campaign_verdict.author is 'Database user who judged.';
comment on column public.campaign_verdict.created_at is 'When it was said (UTC).';

create view public.patch as
select p.skymap, p.tract, p.patch, p.cell_x, p.cell_y, p.ranges from registry.patch p;
comment on view public.patch is 'Patches of the tracts of skymaps.';
comment on column public.patch.skymap is 'Skymap.';
comment on column public.patch.tract is 'Tract.';
comment on column public.patch.patch is 'Number of the patch in its tract.';
comment on column public.patch.cell_x is 'Column of the patch in the grid of its tract.';
comment on column public.patch.cell_y is 'Row of the patch in the grid of its tract.';
comment on column public.patch.ranges is 'Footprint as ranges of nested HEALPix pixels of order 29.';

create view public.visit_patch as
select v.instrument, v.visit, v.physical_filter, f.band, v.day_obs, p.skymap, p.tract, p.patch
from registry.patch p
join registry.visit_region r on r.ranges && p.ranges
join registry.visit v using (instrument, visit)
left join registry.physical_filter f using (instrument, physical_filter);
comment on view public.visit_patch is 'Visits and the patches that they overlap, as their dimension records say.';
comment on column public.visit_patch.instrument is 'Instrument.';
comment on column public.visit_patch.visit is 'Visit.';
comment on column public.visit_patch.physical_filter is 'Filter in the camera''s own words.';
comment on column public.visit_patch.band is 'Abstract band.';
comment on column public.visit_patch.day_obs is 'Observing night, YYYYMMDD.';
comment on column public.visit_patch.skymap is 'Skymap.';
comment on column public.visit_patch.tract is 'Tract.';
comment on column public.visit_patch.patch is 'Patch.';

create view public.expected_image as
select r.instrument, r.visit, e.exposure, r.detector, e.physical_filter, f.band, e.day_obs, e.exp_time, r.ranges
from registry.visit_detector_region r
join registry.exposure e using (instrument, visit)
left join registry.physical_filter f using (instrument, physical_filter);
comment on view public.expected_image is 'Detector images that dimension records tell of, whether a file of them is there or not.';
comment on column public.expected_image.instrument is 'Instrument.';
comment on column public.expected_image.visit is 'Visit.';
comment on column public.expected_image.exposure is 'Exposure of that visit.';
comment on column public.expected_image.detector is 'Detector.';
comment on column public.expected_image.physical_filter is 'Filter in the camera''s own words.';
comment on column public.expected_image.band is 'Abstract band.';
comment on column public.expected_image.day_obs is 'Observing night, YYYYMMDD.';
comment on column public.expected_image.exp_time is 'Exposure time [s].';
comment on column public.expected_image.ranges is 'Footprint as ranges of nested HEALPix pixels of order 29.';

create view public.load_file as
select f.dataset_id, f.target as catalog, f.load_id, f.n_rows
from ingest.load_file f join ingest.load l using (load_id)
where f.live and l.state = 'published';
comment on view public.load_file is 'Parquet files whose rows are in a catalog now, and the load that holds them.';
comment on column public.load_file.dataset_id is 'Dataset: the Parquet file.';
comment on column public.load_file.catalog is 'Catalog table.';
comment on column public.load_file.load_id is 'Load; load_id in the rows of the catalog.';
comment on column public.load_file.n_rows is 'Rows of the file.';

create view public.recipe as
select d.dataset_id, dataset_type_id, d.coordinate_id, d.output_name, encode(d.content_digest, 'hex') as content_digest, d.n_rows,
       d.quantum_id, t.name as task, encode(v.code_digest, 'hex') as code_digest, v.git_commit, v.git_dirty,
       q.config_id, g.body as config, q.salt, s.compatibility_class, s.software_id, s.packages, y.name as dataset_type
from registry.dataset d
join registry.dataset_type y using (dataset_type_id)
left join registry.quantum q on q.quantum_id = d.quantum_id
left join registry.task_version v on v.task_version_id = q.task_version_id
left join registry.task t on t.task_id = v.task_id
left join registry.config g on g.config_id = q.config_id
left join work.execution e on e.execution_id = d.execution_id
left join work.worker w on w.worker_id = e.worker_id
left join registry.software s on s.software_id = w.software_id;
comment on view public.recipe is 'How each dataset was made: code, configuration and environment; the view lineage says of what.';
comment on column public.recipe.dataset_id is 'Dataset.';
comment on column public.recipe.dataset_type_id is 'Key of the dataset type.';
comment on column public.recipe.coordinate_id is 'Key of the data ID.';
comment on column public.recipe.output_name is 'Name of the output in the task.';
comment on column public.recipe.content_digest is 'SHA-256 of the logical content, hexadecimal.';
comment on column public.recipe.n_rows is 'Rows, where the dataset is a table.';
comment on column public.recipe.quantum_id is 'Quantum that made it; NULL for files from outside, as all that follows.';
comment on column public.recipe.task is 'Task.';
comment on column public.recipe.code_digest is 'SHA-256 of the code of the task, hexadecimal.';
comment on column public.recipe.git_commit is 'Commit at which that code was first seen; empty outside a checkout.';
comment on column public.recipe.git_dirty is 'Whether the checkout had uncommitted changes then.';
comment on column public.recipe.config_id is 'Key of the configuration.';
comment on column public.recipe.config is 'Every parameter that changes the result, with its value.';
comment on column public.recipe.salt is 'Above 0: recomputed on purpose.';
comment on column public.recipe.compatibility_class is 'Class of environments that are declared bit-compatible; NULL where no execution is known.';
comment on column public.recipe.software_id is 'Environment that it was made in.';
comment on column public.recipe.packages is 'Python, platform and the version of every distribution in it.';
comment on column public.recipe.dataset_type is 'Dataset type.';

create view public.collection as
select c.collection_id, c.name as collection, c.kind, c.doc, c.created_at, c.sealed_at, f.saved_query_id, q.name as saved_query
from registry.collection c
left join registry.frozen_query f on f.collection_id = c.collection_id
left join registry.saved_query q on q.saved_query_id = f.saved_query_id;
comment on view public.collection is 'Collections: named sets of datasets.';
comment on column public.collection.collection_id is 'Key of the collection in this ledger.';
comment on column public.collection.collection is 'Name.';
comment on column public.collection.kind is 'run, tagged, chained or calibration.';
comment on column public.collection.doc is 'What it is for.';
comment on column public.collection.created_at is 'When it was made (UTC).';
comment on column public.collection.sealed_at is 'When it was sealed (UTC); NULL while it can change.';
comment on column public.collection.saved_query_id is 'Saved query whose answer it is, or NULL.';
comment on column public.collection.saved_query is 'Name of that query.';

create view public.chain as
select n.parent as collection_id, p.name as collection, n.position, n.child as child_id, c.name as child, n.since, n.until
from registry.collection_chain n
join registry.collection p on p.collection_id = n.parent
join registry.collection c on c.collection_id = n.child;
comment on view public.chain is 'The search order of chained collections, now (until infinity) and as it was.';
comment on column public.chain.collection_id is 'Key of the chained collection.';
comment on column public.chain.collection is 'Chained collection.';
comment on column public.chain.position is 'Place in the search order, from 0.';
comment on column public.chain.child_id is 'Key of the collection that is searched there.';
comment on column public.chain.child is 'Collection that is searched there.';
comment on column public.chain.since is 'When it was put there (UTC).';
comment on column public.chain.until is 'When it left that place (UTC); infinity while it is there.';

create view public.tenure as
select m.collection_id, m.dataset_type_id, m.coordinate_id, m.dataset_id, m.how, '(,)'::int8range as valid, m.since, m.until
from registry.member m
union all
select v.collection_id, v.dataset_type_id, v.coordinate_id, v.dataset_id, 'certified', v.valid, v.since, v.until
from registry.calibration_validity v;
comment on view public.tenure is 'What is and was in collections: members, and calibrations with their validity; now where until is infinity.';
comment on column public.tenure.collection_id is 'Key of the collection; its name is in the view collection.';
comment on column public.tenure.dataset_type_id is 'Key of the dataset type in this ledger.';
comment on column public.tenure.coordinate_id is 'Key of the data ID in this ledger.';
comment on column public.tenure.dataset_id is 'Dataset.';
comment on column public.tenure.how is 'computed, reused, tagged, ingested or certified.';
comment on column public.tenure.valid is 'Validity of a calibration, TAI nanoseconds since 1970-01-01; everything else holds always.';
comment on column public.tenure.since is 'When it entered (UTC).';
comment on column public.tenure.until is 'When it left (UTC); infinity while it is in.';

create view public.saved_query as
select q.saved_query_id, q.name as saved_query, encode(q.digest, 'hex') as digest, q.body, q.author, q.created_at,
       row_number() over (partition by q.name order by q.saved_query_id) as version
from registry.saved_query q;
comment on view public.saved_query is 'Questions for datasets that were saved; each change is another version.';
comment on column public.saved_query.saved_query_id is 'Key of the saved query in this ledger.';
comment on column public.saved_query.saved_query is 'Name.';
comment on column public.saved_query.digest is 'SHA-256 of the question, hexadecimal.';
comment on column public.saved_query.body is 'The question.';
comment on column public.saved_query.author is 'Database user who saved it.';
comment on column public.saved_query.created_at is 'When it was saved (UTC).';
comment on column public.saved_query.version is 'Number of the version, from 1; the greatest is meant where none is named.';

create view public.footprint as
select r.dataset_id, r.coordinate_id, r.ranges from registry.region r;
comment on view public.footprint is 'Where on the sky data IDs lie, as some dataset says.';
comment on column public.footprint.dataset_id is 'Dataset whose WCS or rows say so.';
comment on column public.footprint.coordinate_id is 'Key of the data ID.';
comment on column public.footprint.ranges is 'Nested HEALPix pixels of order 29.';

create view public.metric as
select m.name as metric, m.unit, m.description from quality.metric m;
comment on view public.metric is 'What is measured of datasets.';
comment on column public.metric.metric is 'Name of the metric.';
comment on column public.metric.unit is 'Unit of its values.';
comment on column public.metric.description is 'What it says.';

create view public.dataset_metric as
select o.dataset_id, m.name as metric, x.value
from quality.measurement x
join quality.metric m using (metric_id)
join registry.dataset s on s.dataset_id = x.dataset_id
join registry.dataset o on o.quantum_id = s.quantum_id
union all
select s.dataset_id, m.name, x.value
from quality.measurement x
join quality.metric m using (metric_id)
join registry.dataset s on s.dataset_id = x.dataset_id and s.quantum_id is null;
comment on view public.dataset_metric is 'Values of metrics on datasets, and on what else was made in the same step: a catalog has the seeing of its image.';
comment on column public.dataset_metric.dataset_id is 'Dataset.';
comment on column public.dataset_metric.metric is 'Name of the metric.';
comment on column public.dataset_metric.value is 'Value in the unit of the metric; NaN when it could not be measured.';

create view public.dataset_type as
select y.dataset_type_id, y.name as dataset_type, y.dimensions, y.storage_class from registry.dataset_type y;
comment on view public.dataset_type is 'Dataset types: what kinds of product there are.';
comment on column public.dataset_type.dataset_type_id is 'Key of the dataset type in this ledger.';
comment on column public.dataset_type.dataset_type is 'Name, e.g. visit_image.';
comment on column public.dataset_type.dimensions is 'Dimensions of its data IDs, sorted.';
comment on column public.dataset_type.storage_class is 'How bytes become an object: file, image, table or json.';

create view public.configuration as
select encode(c.digest, 'hex') as config_digest, c.body as config, c.created_at from registry.config c;
comment on view public.configuration is 'Configurations of tasks that were ever used.';
comment on column public.configuration.config_digest is 'SHA-256 of the configuration, hexadecimal.';
comment on column public.configuration.config is 'Every parameter that changes the result, with its value.';
comment on column public.configuration.created_at is 'When it was first used (UTC).';

create view public.task_version as
select t.name as task, encode(v.code_digest, 'hex') as code_digest, v.git_commit, v.git_dirty
from registry.task_version v join registry.task t using (task_id);
comment on view public.task_version is 'Code of tasks that was ever used.';
comment on column public.task_version.task is 'Task.';
comment on column public.task_version.code_digest is 'SHA-256 of its code, hexadecimal.';
comment on column public.task_version.git_commit is 'Commit at which that code was first seen; empty outside a checkout.';
comment on column public.task_version.git_dirty is 'Whether the checkout had uncommitted changes then.';

-- What was certified or chained before anybody noted when counts from ever.
alter table registry.collection_chain disable trigger user;

update registry.collection_chain set since = '-infinity';

alter table registry.collection_chain enable trigger user;

alter table registry.calibration_validity disable trigger user;

update registry.calibration_validity set since = '-infinity';

alter table registry.calibration_validity enable trigger user;

insert into work.batch (token, worker_id, units, size, acquired_at, deadline)
select token, worker_id, array[unit_id], batch, acquired_at, deadline from work.held;

drop table work.held;

