-- What revision 0002 adds to a ledger of revision 0001. The views are made anew, because columns came into their midst.

drop view public.instrument, public.exposure, public.dataset, public.run, public.work_unit, public.execution, public.measurement, public.lineage, public.member, public.reference_star, public.source, public.visit, public.visit_detector;

CREATE TABLE quality.specification (
	specification_id INTEGER GENERATED ALWAYS AS IDENTITY,
	metric_id INTEGER NOT NULL,
	name TEXT NOT NULL,
	instrument TEXT DEFAULT '' NOT NULL,
	band TEXT DEFAULT '' NOT NULL,
	operator TEXT NOT NULL,
	threshold DOUBLE PRECISION NOT NULL,
	description TEXT NOT NULL,
	since TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	until TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL,
	CONSTRAINT specification_pkey PRIMARY KEY (specification_id),
	CONSTRAINT specification_operator_known CHECK (operator in ('<=', '<', '>=', '>')),
	CONSTRAINT specification_threshold_finite CHECK (threshold = threshold and abs(threshold) < 'infinity'),
	CONSTRAINT specification_metric_id_fkey FOREIGN KEY(metric_id) REFERENCES quality.metric (metric_id)
);

CREATE UNIQUE INDEX specification_in_force_key ON quality.specification (metric_id, name, instrument, band) WHERE until = 'infinity';

COMMENT ON TABLE quality.specification IS 'Specifications of metrics; a change is a new row, so that an old verdict can be understood.';

COMMENT ON COLUMN quality.specification.specification_id IS 'Surrogate key.';

COMMENT ON COLUMN quality.specification.metric_id IS 'Metric.';

COMMENT ON COLUMN quality.specification.name IS 'Name among the specifications of the metric, e.g. design.';

COMMENT ON COLUMN quality.specification.instrument IS 'Instrument; empty for all.';

COMMENT ON COLUMN quality.specification.band IS 'Band; empty for all.';

COMMENT ON COLUMN quality.specification.operator IS 'How the value must stand to the threshold.';

COMMENT ON COLUMN quality.specification.threshold IS 'Threshold in the metric''s unit.';

COMMENT ON COLUMN quality.specification.description IS 'Why it must, in one sentence.';

COMMENT ON COLUMN quality.specification.since IS 'When it came into force.';

COMMENT ON COLUMN quality.specification.until IS 'When another took its place; infinity while it is in force.';

alter table work.unit drop constraint unit_state_known;

alter table work.unit add CONSTRAINT unit_state_known CHECK (state in ('waiting', 'ready', 'leased', 'done', 'reused', 'dead', 'blocked', 'cancelled'));

COMMENT ON COLUMN work.unit.state IS 'waiting, ready, leased, done, reused, dead, blocked, cancelled.';

-- Units leave the queue, whoever may have them; a late answer finds its lease gone. The caller holds the resolver's row,
-- so nothing new is made ready; but a lease may come back into the queue between two looks.
create or replace function work.call_off(p_units bigint[]) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
  loop
    delete from work.ready where unit_id = any(p_units);
    perform from work.lease l where l.unit_id = any(p_units) order by l.unit_id for update;
    with gone as (
      delete from work.lease l where l.unit_id = any(p_units) returning l.*
    )
    insert into work.execution (unit_id, attempt, token, worker_id, started_at, outcome, error_class, error)
    select unit_id, u.attempt, g.token, g.worker_id, g.acquired_at, 'lost', 'CalledOff', 'it was taken out of the queue'
    from gone g join work.unit u using (unit_id);
    exit when not exists (select from work.ready where unit_id = any(p_units))
      and not exists (select from work.lease where unit_id = any(p_units));
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
    -- Something else keeps these from running: it is dead, or blocked by what is not retried now.
    select b.unit_id from below b join work.dependency d on d.unit_id = b.unit_id join work.unit p on p.unit_id = d.needs
    where not d.soft and (p.state = 'dead' or p.state = 'blocked' and p.unit_id not in (select unit_id from below))
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
create or replace function work.cancel(p_run int) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  ids bigint[];
  n int;
begin
  perform from work.resolver for update;
  select array_agg(unit_id) into ids from work.unit where run_id = p_run and state in ('waiting', 'ready', 'leased');
  if ids is null then
    return 0;
  end if;
  perform work.call_off(ids);
  -- What a worker settled while we waited for its lease is done.
  update work.unit set state = 'cancelled'
  where unit_id = any(ids) and state in ('waiting', 'ready', 'leased');
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

create view public.instrument as
select i.instrument, i.description,
       (select count(*) from registry.detector d where d.instrument = i.instrument) as n_detectors,
       (select count(*) from registry.exposure e where e.instrument = i.instrument) as n_exposures,
       i.created_at
from registry.instrument i;
comment on view public.instrument is 'Instruments that have sent files.';
comment on column public.instrument.instrument is 'Name of the instrument.';
comment on column public.instrument.description is 'Camera, telescope and site.';
comment on column public.instrument.n_detectors is 'Number of its detectors.';
comment on column public.instrument.n_exposures is 'Number of its registered exposures.';
comment on column public.instrument.created_at is 'When it was registered.';

create view public.exposure as
select e.instrument, e.exposure, e.visit, e.physical_filter, f.band, e.day_obs, e.obs_start_mjd_tai, e.exp_time
from registry.exposure e join registry.physical_filter f using (instrument, physical_filter);
comment on view public.exposure is 'Exposures.';
comment on column public.exposure.instrument is 'Instrument.';
comment on column public.exposure.exposure is 'Exposure id, unique per instrument.';
comment on column public.exposure.visit is 'Visit that it belongs to.';
comment on column public.exposure.physical_filter is 'Filter in the camera''s own words.';
comment on column public.exposure.band is 'Abstract band.';
comment on column public.exposure.day_obs is 'Observing night, YYYYMMDD.';
comment on column public.exposure.obs_start_mjd_tai is 'Opening of the shutter, MJD (TAI) [d].';
comment on column public.exposure.exp_time is 'Exposure time [s].';

create view public.dataset as
select d.dataset_id, d.uid, y.name as dataset_type, c.instrument, c.detector, c.exposure, coalesce(c.visit, e.visit) as visit,
       coalesce(c.band, f.band) as band, c.healpix, t.name as task, d.output_name, d.quantum_id, d.execution_id,
       encode(d.content_digest, 'hex') as content_digest, d.n_rows, o.file_name, o.part, d.created_at,
       encode(v.code_digest, 'hex') as code_digest, v.git_commit, v.git_dirty, g.body as config,
       -- Not a join: a query that does not ask for the path does not pay for it.
       (select a.path from registry.artifact a
        where a.content_digest = d.content_digest and a.part = coalesce(o.part, '') and a.state = 'present'
        order by a.artifact_id limit 1) as path
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

create view public.run as
select r.run_id, c.name as run, r.pipeline, r.created_at,
       coalesce(u.n_units, 0) as n_units, coalesce(u.n_waiting, 0) as n_waiting, coalesce(u.n_ready, 0) as n_ready,
       coalesce(u.n_leased, 0) as n_leased, coalesce(u.n_done, 0) as n_done, coalesce(u.n_reused, 0) as n_reused,
       coalesce(u.n_dead, 0) as n_dead, coalesce(u.n_blocked, 0) as n_blocked, coalesce(u.n_cancelled, 0) as n_cancelled,
       coalesce(u.n_waiting + u.n_ready + u.n_leased, 0) = 0 as ended
from registry.run r
join registry.collection c on c.collection_id = r.run_id
left join lateral (
  select count(*) as n_units,
         count(*) filter (where state = 'waiting') as n_waiting, count(*) filter (where state = 'ready') as n_ready,
         count(*) filter (where state = 'leased') as n_leased, count(*) filter (where state = 'done') as n_done,
         count(*) filter (where state = 'reused') as n_reused, count(*) filter (where state = 'dead') as n_dead,
         count(*) filter (where state = 'blocked') as n_blocked,
         count(*) filter (where state = 'cancelled') as n_cancelled
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

create view public.work_unit as
select u.unit_id, c.name as run, t.name as task, o.instrument, o.exposure, o.detector, u.state, u.attempt, u.max_attempts, u.unmet,
       u.quantum_id, u.run_id
from work.unit u
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

create view public.execution as
select e.execution_id, e.unit_id, c.name as run, t.name as task, e.attempt, w.host, w.pid, e.outcome, e.error_class, e.error,
       e.started_at, e.ended_at, extract(epoch from e.ended_at - e.started_at)::float8 as wall_s, e.cpu_s, e.max_rss_mb, w.software_id
from work.execution e
join work.unit u using (unit_id)
join work.worker w using (worker_id)
join registry.collection c on c.collection_id = u.run_id
join registry.quantum q using (quantum_id)
join registry.task_version v using (task_version_id)
join registry.task t using (task_id);
comment on view public.execution is 'Every attempt at a unit.';
comment on column public.execution.execution_id is 'Key of the execution.';
comment on column public.execution.unit_id is 'Unit.';
comment on column public.execution.run is 'Run.';
comment on column public.execution.task is 'Task.';
comment on column public.execution.attempt is 'Number of the attempt, from 1.';
comment on column public.execution.host is 'Host that ran it.';
comment on column public.execution.pid is 'Process on that host.';
comment on column public.execution.outcome is 'ok, reused, error or lost.';
comment on column public.execution.error_class is 'Class of the error, if any.';
comment on column public.execution.error is 'The error in one sentence.';
comment on column public.execution.started_at is 'When it began (UTC).';
comment on column public.execution.ended_at is 'When it ended (UTC).';
comment on column public.execution.wall_s is 'Duration [s].';
comment on column public.execution.cpu_s is 'CPU time [s].';
comment on column public.execution.max_rss_mb is 'Peak resident memory during the attempt [MiB].';
comment on column public.execution.software_id is 'Environment it ran in.';

create view public.execution_log as
select e.execution_id, e.unit_id, e.attempt, e.traceback, e.log from work.execution e;
comment on view public.execution_log is 'What attempts wrote: long texts, apart from the view execution.';
comment on column public.execution_log.execution_id is 'Key of the execution.';
comment on column public.execution_log.unit_id is 'Unit.';
comment on column public.execution_log.attempt is 'Number of the attempt, from 1.';
comment on column public.execution_log.traceback is 'Where the error happened; NULL when there was none.';
comment on column public.execution_log.log is 'What the task logged; NULL when it said nothing.';

create view public.unit_input as
select i.unit_id, r.name as role, i.ordinal, i.dataset_uid as uid
from work.unit_input i join registry.role r using (role_id);
comment on view public.unit_input is 'What each unit reads, as it was planned; the dataset may not exist yet.';
comment on column public.unit_input.unit_id is 'Unit.';
comment on column public.unit_input.role is 'Name of the input in the task.';
comment on column public.unit_input.ordinal is 'Place among inputs of that name, from 0.';
comment on column public.unit_input.uid is 'Identity of the dataset, as in the view dataset.';

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

create view public.specification as
select m.name as metric, s.name as specification, nullif(s.instrument, '') as instrument, nullif(s.band, '') as band,
       s.operator, s.threshold, m.unit, s.description, s.since
from quality.specification s join quality.metric m using (metric_id)
where s.until = 'infinity';
comment on view public.specification is 'What the values of metrics must be; what is in force now.';
comment on column public.specification.metric is 'Name of the metric.';
comment on column public.specification.specification is 'Name of the specification among those of the metric.';
comment on column public.specification.instrument is 'Instrument that it is for; NULL for all.';
comment on column public.specification.band is 'Band that it is for; NULL for all.';
comment on column public.specification.operator is 'How the value must stand to the threshold: <=, <, >= or >.';
comment on column public.specification.threshold is 'Threshold in the unit.';
comment on column public.specification.unit is 'Unit of metric and threshold.';
comment on column public.specification.description is 'Why it must be so.';
comment on column public.specification.since is 'When it came into force (UTC).';

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

create view public.lineage as
select d.dataset_id, i.dataset_id as input_dataset_id, r.name as role, i.ordinal
from registry.dataset d
join registry.quantum_input i on i.quantum_id = d.quantum_id
join registry.role r on r.role_id = i.role_id;
comment on view public.lineage is 'What each dataset was made from; one step, walk it recursively.';
comment on column public.lineage.dataset_id is 'Dataset that was made.';
comment on column public.lineage.input_dataset_id is 'Dataset that was read for it.';
comment on column public.lineage.role is 'Name of the input in the task.';
comment on column public.lineage.ordinal is 'Place among inputs of that name, from 0.';

create view public.mark as
select m.mark_id, m.verdict, m.reason, m.author, m.created_at, m.revoked_at, m.dataset_id, t.name as task,
       encode(v.code_digest, 'hex') as code_digest, g.body as config
from registry.mark m
left join registry.task_version v using (task_version_id)
left join registry.task t using (task_id)
left join registry.config g on g.config_id = m.config_id;
comment on view public.mark is
  'What people found bad, suspect or superseded: a dataset, the code of a task, or a configuration; one of them is given.';
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

create view public.member as
select c.name as collection, c.kind, m.dataset_id, m.how, m.since
from registry.member m join registry.collection c on c.collection_id = m.collection_id
where m.until = 'infinity';
comment on view public.member is 'Which datasets are in which run or collection now; rows of a catalog belong to a run by their dataset_id.';
comment on column public.member.collection is 'Name of the run or collection.';
comment on column public.member.kind is 'run, tagged, chained or calibration.';
comment on column public.member.dataset_id is 'Dataset.';
comment on column public.member.how is 'computed, reused, tagged or ingested.';
comment on column public.member.since is 'When it entered (UTC).';

create view public.reference_star as select dataset_id, refstarid, catalog, ra, dec, raerr, decerr, epochmjdtai, pmra, pmdec, pmraerr, pmdecerr, parallax, parallaxerr, gmag, gmagerr, bpmag, bpmagerr, rpmag, rpmagerr, astrometricexcessnoise, duplicatedsource, _healpix_29 from catalog.reference_star t where exists (select from registry.member m where m.dataset_id = t.dataset_id and m.until = 'infinity');
comment on view public.reference_star is 'Stars of reference catalogs, against which images are calibrated. Positions stand at the epoch of the catalog. Missing numbers are NaN, never NULL.';
comment on column public.reference_star.dataset_id is 'Dataset (Parquet file, or raw file for visits) that the row comes from: the way to its lineage.';
comment on column public.reference_star.refstarid is 'Identifier of the star in its catalog, e.g. the source_id of Gaia. (meta.id;src.calib)';
comment on column public.reference_star.catalog is 'Short name of the reference catalog, e.g. gaia_dr2. (meta.id;meta.table)';
comment on column public.reference_star.ra is 'Right ascension, ICRS, in [0, 360), at epochMjdTai. Never NaN. [deg] (pos.eq.ra;meta.main)';
comment on column public.reference_star.dec is 'Declination, ICRS, at epochMjdTai. Never NaN. [deg] (pos.eq.dec;meta.main)';
comment on column public.reference_star.raerr is 'Standard error of ra as an angle on the sky, that is times cos(dec), at epochMjdTai. NaN when not known. [mas] (stat.error;pos.eq.ra)';
comment on column public.reference_star.decerr is 'Standard error of dec at epochMjdTai. NaN when not known. [mas] (stat.error;pos.eq.dec)';
comment on column public.reference_star.epochmjdtai is 'Epoch of ra and dec, MJD in TAI. Never NaN. [d] (time.epoch)';
comment on column public.reference_star.pmra is 'Proper motion in right ascension as an angle on the sky, that is times cos(dec). NaN when not measured. [mas/yr] (pos.pm;pos.eq.ra)';
comment on column public.reference_star.pmdec is 'Proper motion in declination. NaN when not measured. [mas/yr] (pos.pm;pos.eq.dec)';
comment on column public.reference_star.pmraerr is 'Standard error of pmRa. NaN when not measured. [mas/yr] (stat.error;pos.pm;pos.eq.ra)';
comment on column public.reference_star.pmdecerr is 'Standard error of pmDec. NaN when not measured. [mas/yr] (stat.error;pos.pm;pos.eq.dec)';
comment on column public.reference_star.parallax is 'Absolute parallax; may be negative. NaN when not measured. [mas] (pos.parallax)';
comment on column public.reference_star.parallaxerr is 'Standard error of parallax. NaN when not measured. [mas] (stat.error;pos.parallax)';
comment on column public.reference_star.gmag is 'Mean magnitude in the G band of Gaia, in the Vega system of its release. NaN when not measured. [mag] (phot.mag;em.opt)';
comment on column public.reference_star.gmagerr is 'Standard error of gMag, without the error of the zero point. NaN when not measured. [mag] (stat.error;phot.mag;em.opt)';
comment on column public.reference_star.bpmag is 'Mean magnitude in the BP band of Gaia, in the Vega system of its release. NaN when not measured. [mag] (phot.mag;em.opt.B)';
comment on column public.reference_star.bpmagerr is 'Standard error of bpMag, without the error of the zero point. NaN when not measured. [mag] (stat.error;phot.mag;em.opt.B)';
comment on column public.reference_star.rpmag is 'Mean magnitude in the RP band of Gaia, in the Vega system of its release. NaN when not measured. [mag] (phot.mag;em.opt.R)';
comment on column public.reference_star.rpmagerr is 'Standard error of rpMag, without the error of the zero point. NaN when not measured. [mag] (stat.error;phot.mag;em.opt.R)';
comment on column public.reference_star.astrometricexcessnoise is 'Scatter that the astrometric solution of Gaia needs beyond the errors; large for binaries and galaxies. NaN when not known. [mas] (stat.value)';
comment on column public.reference_star.duplicatedsource is 'True when Gaia had several entries for this star and kept one; its astrometry may then be poor. (meta.code.status)';
comment on column public.reference_star._healpix_29 is 'Nested HEALPix pixel of order 29 that holds ra and dec, at epochMjdTai; -1 when there is none. The files are sorted by it. (pos.healpix)';

create view public.source as select dataset_id, sourceid, instrument, visit, detector, band, physical_filter, midpointmjdtai, x, y, xerr, yerr, ra, dec, raerr, decerr, ra_dec_cov, psfflux, psffluxerr, psfflux_instflux, psfflux_instfluxerr, psfflux_chi2, psfflux_flag, psfflux_flag_edge, psfflux_flag_nogoodpixels, ap03flux, ap03fluxerr, ap03flux_flag, ap06flux, ap06fluxerr, ap06flux_flag, ap09flux, ap09fluxerr, ap09flux_flag, ap12flux, ap12fluxerr, ap12flux_flag, ap17flux, ap17fluxerr, ap17flux_flag, apflux_12_0_instflux, apflux_12_0_instfluxerr, sky, skyerr, footprintarea_value, centroid_flag, pixelflags_bad, pixelflags_cr, pixelflags_edge, pixelflags_interpolated, pixelflags_nodata, pixelflags_saturated, pixelflags_saturatedcenter, pixelflags_suspect, calib_psf_candidate, calib_psf_used, calib_astrometry_used, calib_photometry_used, _healpix_29 from catalog.source t;
comment on view public.source is 'Detections on single detector images, measured where they were found, independently of every other image. Names follow Source of LSST Data Preview 1. Missing numbers are NaN, never NULL.';
comment on column public.source.dataset_id is 'Dataset (Parquet file, or raw file for visits) that the row comes from: the way to its lineage.';
comment on column public.source.sourceid is 'Identifier of the detection: its running number in the image (from 1) packed under exposure and detector. Unique within the instrument and one processing; a reprocessing may give the same number to another detection. (meta.id;src)';
comment on column public.source.instrument is 'Short name of the camera, e.g. DECam. Visit and detector numbers are unique within it. (meta.id;instr)';
comment on column public.source.visit is 'Number of the visit (one pointing of the telescope), unique within the instrument. (meta.id;obs.image)';
comment on column public.source.detector is 'Number of the detector in the focal plane, unique within the instrument. (meta.id;obs.image)';
comment on column public.source.band is 'Short name of the passband, independent of the instrument, e.g. r. (instr.bandpass)';
comment on column public.source.physical_filter is 'Name of the filter in the beam, as the instrument calls it. (meta.id;instr.filter)';
comment on column public.source.midpointmjdtai is 'Middle of the exposure, MJD in TAI. Never NaN. [d] (time.epoch;obs.exposure)';
comment on column public.source.x is 'Column of the centroid in the image; the center of the first pixel is 0. NaN when the centroid failed altogether. [pixel] (pos.cartesian.x;instr.det)';
comment on column public.source.y is 'Row of the centroid in the image; the center of the first pixel is 0. NaN when the centroid failed altogether. [pixel] (pos.cartesian.y;instr.det)';
comment on column public.source.xerr is 'Standard error of x, from the noise of the pixels. NaN when not known. [pixel] (stat.error;pos.cartesian.x;instr.det)';
comment on column public.source.yerr is 'Standard error of y, from the noise of the pixels. NaN when not known. [pixel] (stat.error;pos.cartesian.y;instr.det)';
comment on column public.source.ra is 'Right ascension of the centroid, ICRS, in [0, 360), at the time of the exposure. NaN when x or y is NaN. [deg] (pos.eq.ra;meta.main)';
comment on column public.source.dec is 'Declination of the centroid, ICRS, at the time of the exposure. NaN when x or y is NaN. [deg] (pos.eq.dec;meta.main)';
comment on column public.source.raerr is 'Standard error of ra as an angle on the sky, that is times cos(dec), from xErr and yErr only; the error of the image coordinates as a whole is in visit_detector. NaN when not known. [deg] (stat.error;pos.eq.ra)';
comment on column public.source.decerr is 'Standard error of dec, from xErr and yErr only; the error of the image coordinates as a whole is in visit_detector. NaN when not known. [deg] (stat.error;pos.eq.dec)';
comment on column public.source.ra_dec_cov is 'Covariance of ra and dec as angles on the sky; the companion of raErr and decErr. NaN when not known. [deg**2] (stat.covariance;pos.eq.ra;pos.eq.dec)';
comment on column public.source.psfflux is 'Flux of the best fit of the PSF model at the centroid, AB scale. NaN when the fit failed or the image has no zero point. [nJy] (phot.flux.density;em.opt)';
comment on column public.source.psffluxerr is 'Standard error of psfFlux, from the noise of the pixels; without the error of the zero point. NaN where psfFlux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';
comment on column public.source.psfflux_instflux is 'Flux of the best fit of the PSF model at the centroid, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when the fit failed. [count] (phot.count;stat.uncalib)';
comment on column public.source.psfflux_instfluxerr is 'Standard error of psfFlux_instFlux from the noise of the pixels, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when the fit failed. [count] (stat.error;phot.count;stat.uncalib)';
comment on column public.source.psfflux_chi2 is 'Chi-square of the PSF fit per degree of freedom; near 1 for an isolated star. NaN when the fit failed. [dimensionless] (stat.fit.chi2)';
comment on column public.source.psfflux_flag is 'True when the PSF flux is not to be trusted, for whatever reason. (meta.code.qual)';
comment on column public.source.psfflux_flag_edge is 'True when the source is too close to the border for the whole PSF model to lie on the image. (meta.code.qual)';
comment on column public.source.psfflux_flag_nogoodpixels is 'True when too few good pixels lie under the PSF model to fit it. (meta.code.qual)';
comment on column public.source.ap03flux is 'Flux within 3 pixels of the centroid, local background subtracted, not corrected for the light outside, AB scale. NaN when the aperture could not be measured or the image has no zero point. [nJy] (phot.flux.density;em.opt)';
comment on column public.source.ap03fluxerr is 'Standard error of ap03Flux, from the noise of the pixels; without the error of the zero point. NaN where ap03Flux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';
comment on column public.source.ap03flux_flag is 'True when the flux within 3 pixels is not to be trusted, e.g. because the aperture leaves the image or holds bad pixels. (meta.code.qual)';
comment on column public.source.ap06flux is 'Flux within 6 pixels of the centroid, local background subtracted, not corrected for the light outside, AB scale. NaN when the aperture could not be measured or the image has no zero point. [nJy] (phot.flux.density;em.opt)';
comment on column public.source.ap06fluxerr is 'Standard error of ap06Flux, from the noise of the pixels; without the error of the zero point. NaN where ap06Flux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';
comment on column public.source.ap06flux_flag is 'True when the flux within 6 pixels is not to be trusted, e.g. because the aperture leaves the image or holds bad pixels. (meta.code.qual)';
comment on column public.source.ap09flux is 'Flux within 9 pixels of the centroid, local background subtracted, not corrected for the light outside, AB scale. NaN when the aperture could not be measured or the image has no zero point. [nJy] (phot.flux.density;em.opt)';
comment on column public.source.ap09fluxerr is 'Standard error of ap09Flux, from the noise of the pixels; without the error of the zero point. NaN where ap09Flux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';
comment on column public.source.ap09flux_flag is 'True when the flux within 9 pixels is not to be trusted, e.g. because the aperture leaves the image or holds bad pixels. (meta.code.qual)';
comment on column public.source.ap12flux is 'Flux within 12 pixels of the centroid, local background subtracted, not corrected for the light outside, AB scale. NaN when the aperture could not be measured or the image has no zero point. [nJy] (phot.flux.density;em.opt)';
comment on column public.source.ap12fluxerr is 'Standard error of ap12Flux, from the noise of the pixels; without the error of the zero point. NaN where ap12Flux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';
comment on column public.source.ap12flux_flag is 'True when the flux within 12 pixels is not to be trusted, e.g. because the aperture leaves the image or holds bad pixels. (meta.code.qual)';
comment on column public.source.ap17flux is 'Flux within 17 pixels of the centroid, local background subtracted, not corrected for the light outside, AB scale. NaN when the aperture could not be measured or the image has no zero point. [nJy] (phot.flux.density;em.opt)';
comment on column public.source.ap17fluxerr is 'Standard error of ap17Flux, from the noise of the pixels; without the error of the zero point. NaN where ap17Flux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';
comment on column public.source.ap17flux_flag is 'True when the flux within 17 pixels is not to be trusted, e.g. because the aperture leaves the image or holds bad pixels. (meta.code.qual)';
comment on column public.source.apflux_12_0_instflux is 'Flux within 12 pixels of the centroid, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when it could not be measured. [count] (phot.count;stat.uncalib)';
comment on column public.source.apflux_12_0_instfluxerr is 'Standard error of apFlux_12_0_instFlux from the noise of the pixels, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when it could not be measured. [count] (stat.error;phot.count;stat.uncalib)';
comment on column public.source.sky is 'Background per pixel at the centroid, from the background model of the image, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when the centroid failed. [count] (instr.skyLevel)';
comment on column public.source.skyerr is 'Rms of the pixels about the background model at the centroid (not the error of sky), in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when the centroid failed. [count] (stat.rms;instr.skyLevel)';
comment on column public.source.footprintarea_value is 'Number of connected pixels above the threshold that make the detection. [pixel] (meta.number;instr.pixel)';
comment on column public.source.centroid_flag is 'True when the centroid is not to be trusted; x and y are then the peak pixel or NaN. (meta.code.qual)';
comment on column public.source.pixelflags_bad is 'True when a pixel of the detection is bad (a defect of the detector). (meta.code.qual)';
comment on column public.source.pixelflags_cr is 'True when a pixel of the detection was hit by a cosmic ray. (meta.code.qual)';
comment on column public.source.pixelflags_edge is 'True when a pixel of the detection lies in the unusable border of the image. (meta.code.qual)';
comment on column public.source.pixelflags_interpolated is 'True when a pixel of the detection was interpolated from its neighbors. (meta.code.qual)';
comment on column public.source.pixelflags_nodata is 'True when a pixel of the detection has no data. (meta.code.qual)';
comment on column public.source.pixelflags_saturated is 'True when a pixel of the detection is saturated. (meta.code.qual)';
comment on column public.source.pixelflags_saturatedcenter is 'True when a pixel at the centroid is saturated. (meta.code.qual)';
comment on column public.source.pixelflags_suspect is 'True when a pixel of the detection is near saturation, where the response is not well known. (meta.code.qual)';
comment on column public.source.calib_psf_candidate is 'True when this source was selected as a star for the PSF model, before outliers were rejected. (meta.code.member)';
comment on column public.source.calib_psf_used is 'True when this source entered the final fit of the PSF model. (meta.code.member)';
comment on column public.source.calib_astrometry_used is 'True when this source entered the final fit of the image coordinates. (meta.code.member)';
comment on column public.source.calib_photometry_used is 'True when this source entered the final fit of the zero point. (meta.code.member)';
comment on column public.source._healpix_29 is 'Nested HEALPix pixel of order 29 that holds ra and dec; -1 when there is none. The files are sorted by it. (pos.healpix)';

create view public.visit as select dataset_id, instrument, visit, physical_filter, band, day_obs, ra, dec, skyrotation, azimuth, altitude, zenithdistance, airmass, exptime, expmidptmjd, obsstartmjd, expmidpt, obsstart, target_name, science_program from catalog.visit t;
comment on view public.visit is 'Visits: one pointing of the telescope each, as the headers of the raw exposures tell. Names follow Visit of LSST Data Preview 1. Missing numbers are NaN, never NULL.';
comment on column public.visit.dataset_id is 'Dataset (Parquet file, or raw file for visits) that the row comes from: the way to its lineage.';
comment on column public.visit.instrument is 'Short name of the camera, e.g. DECam. Visit and detector numbers are unique within it. (meta.id;instr)';
comment on column public.visit.visit is 'Number of the visit (one pointing of the telescope), unique within the instrument. (meta.id;obs.image)';
comment on column public.visit.physical_filter is 'Name of the filter in the beam, as the instrument calls it. (meta.id;instr.filter)';
comment on column public.visit.band is 'Short name of the passband, independent of the instrument, e.g. r. (instr.bandpass)';
comment on column public.visit.day_obs is 'Observing night as the instrument counts it, written as the number YYYYMMDD. (meta.id;time.epoch)';
comment on column public.visit.ra is 'Right ascension of the center of the focal plane, ICRS. NaN when not known. [deg] (pos.eq.ra;meta.main)';
comment on column public.visit.dec is 'Declination of the center of the focal plane, ICRS. NaN when not known. [deg] (pos.eq.dec;meta.main)';
comment on column public.visit.skyrotation is 'Position angle of the +y axis of the focal plane, from north through east. NaN when not known. [deg] (pos.posAng)';
comment on column public.visit.azimuth is 'Azimuth of the center of the focal plane in the middle of the visit, from north through east. NaN when not known. [deg] (pos.az.azi)';
comment on column public.visit.altitude is 'Altitude of the center of the focal plane in the middle of the visit, without refraction. NaN when not known. [deg] (pos.az.alt)';
comment on column public.visit.zenithdistance is 'Zenith distance of the center of the focal plane in the middle of the visit: 90 - altitude. NaN when not known. [deg] (pos.az.zd)';
comment on column public.visit.airmass is 'Airmass at the center of the focal plane in the middle of the visit. NaN when not known. [dimensionless] (obs.airMass)';
comment on column public.visit.exptime is 'Time for which a pixel collected light. Never NaN. [s] (time.duration;obs.exposure)';
comment on column public.visit.expmidptmjd is 'Middle of the visit, MJD in TAI. Never NaN. [d] (time.epoch;obs.exposure)';
comment on column public.visit.obsstartmjd is 'Start of the visit, MJD in TAI. Never NaN. [d] (time.start;obs.exposure)';
comment on column public.visit.expmidpt is 'Middle of the visit as a calendar date, in UTC; expMidptMJD is the exact time, in TAI. (time.epoch;obs.exposure)';
comment on column public.visit.obsstart is 'Start of the visit as a calendar date, in UTC; obsStartMJD is the exact time, in TAI. (time.start;obs.exposure)';
comment on column public.visit.target_name is 'Name of the target or field, as the observer wrote it; empty when there is none. (meta.id;obs.field)';
comment on column public.visit.science_program is 'Observing program that the visit belongs to; empty when there is none. (meta.id;obs.proposal)';

create view public.visit_detector as select dataset_id, instrument, visit, detector, physical_filter, band, ra, dec, pixelscale, exptime, expmidptmjd, obsstartmjd, xsize, ysize, llcra, llcdec, ulcra, ulcdec, urcra, urcdec, lrcra, lrcdec, pixelunit, zeropoint, zeropointerr, zeropointscatter, nphotometrystar, photometry_flag_fewstandards, photometry_flag_fromheader, astromoffsetmean, astromoffsetstd, astromrarms, astromdecrms, nastrometrystar, astrometry_flag_fewstandards, astrometry_flag_noreference, psfsigma, seeing, psffwhm, psfe1, psfe2, npsfstar, psf_flag_fewstars, skybg, skynoise, maglim, nsource, _healpix_29 from catalog.visit_detector t;
comment on view public.visit_detector is 'Calibrated detector images: where each one lies on the sky, and how good its coordinates, photometry, PSF and background are. Names follow CcdVisit of LSST Data Preview 1. Missing numbers are NaN, never NULL.';
comment on column public.visit_detector.dataset_id is 'Dataset (Parquet file, or raw file for visits) that the row comes from: the way to its lineage.';
comment on column public.visit_detector.instrument is 'Short name of the camera, e.g. DECam. Visit and detector numbers are unique within it. (meta.id;instr)';
comment on column public.visit_detector.visit is 'Number of the visit (one pointing of the telescope), unique within the instrument. (meta.id;obs.image)';
comment on column public.visit_detector.detector is 'Number of the detector in the focal plane, unique within the instrument. (meta.id;obs.image)';
comment on column public.visit_detector.physical_filter is 'Name of the filter in the beam, as the instrument calls it. (meta.id;instr.filter)';
comment on column public.visit_detector.band is 'Short name of the passband, independent of the instrument, e.g. r. (instr.bandpass)';
comment on column public.visit_detector.ra is 'Right ascension of the center of the image, ICRS. NaN when the image has no coordinates. [deg] (pos.eq.ra;meta.main)';
comment on column public.visit_detector.dec is 'Declination of the center of the image, ICRS. NaN when the image has no coordinates. [deg] (pos.eq.dec;meta.main)';
comment on column public.visit_detector.pixelscale is 'Side of a square with the area of the central pixel on the sky. NaN when the image has no coordinates. [arcsec/pixel] (instr.scale;instr.pixel)';
comment on column public.visit_detector.exptime is 'Time for which a pixel collected light. Never NaN. [s] (time.duration;obs.exposure)';
comment on column public.visit_detector.expmidptmjd is 'Middle of the exposure, MJD in TAI. Never NaN. [d] (time.epoch;obs.exposure)';
comment on column public.visit_detector.obsstartmjd is 'Start of the exposure, MJD in TAI. Never NaN. [d] (time.start;obs.exposure)';
comment on column public.visit_detector.xsize is 'Number of columns of the image. [pixel] (pos.wcs.naxis)';
comment on column public.visit_detector.ysize is 'Number of rows of the image. [pixel] (pos.wcs.naxis)';
comment on column public.visit_detector.llcra is 'Right ascension, ICRS, of the outer corner of the first column, first row pixel. NaN when the image has no coordinates. [deg] (pos.eq.ra;pos.outline)';
comment on column public.visit_detector.llcdec is 'Declination, ICRS, of the outer corner of the first column, first row pixel. NaN when the image has no coordinates. [deg] (pos.eq.dec;pos.outline)';
comment on column public.visit_detector.ulcra is 'Right ascension, ICRS, of the outer corner of the first column, last row pixel. NaN when the image has no coordinates. [deg] (pos.eq.ra;pos.outline)';
comment on column public.visit_detector.ulcdec is 'Declination, ICRS, of the outer corner of the first column, last row pixel. NaN when the image has no coordinates. [deg] (pos.eq.dec;pos.outline)';
comment on column public.visit_detector.urcra is 'Right ascension, ICRS, of the outer corner of the last column, last row pixel. NaN when the image has no coordinates. [deg] (pos.eq.ra;pos.outline)';
comment on column public.visit_detector.urcdec is 'Declination, ICRS, of the outer corner of the last column, last row pixel. NaN when the image has no coordinates. [deg] (pos.eq.dec;pos.outline)';
comment on column public.visit_detector.lrcra is 'Right ascension, ICRS, of the outer corner of the last column, first row pixel. NaN when the image has no coordinates. [deg] (pos.eq.ra;pos.outline)';
comment on column public.visit_detector.lrcdec is 'Declination, ICRS, of the outer corner of the last column, first row pixel. NaN when the image has no coordinates. [deg] (pos.eq.dec;pos.outline)';
comment on column public.visit_detector.pixelunit is 'Unit of the pixels of the calibrated image, e.g. adu/s; the unit count of instrumental columns stands for it. (meta.unit)';
comment on column public.visit_detector.zeropoint is 'AB magnitude of a source whose flux is one pixel unit. NaN when the image has no zero point. [mag] (arith.zp;phot.mag)';
comment on column public.visit_detector.zeropointerr is 'Standard error of zeroPoint, from the scatter of the standard stars. NaN when the zero point is not measured on them. [mag] (stat.error;arith.zp;phot.mag)';
comment on column public.visit_detector.zeropointscatter is 'Rms of the standard stars about the zero point, outliers rejected. NaN when the zero point is not measured on them. [mag] (stat.rms;phot.mag)';
comment on column public.visit_detector.nphotometrystar is 'Number of standard stars in the final fit of the zero point. [dimensionless] (meta.number;src.calib)';
comment on column public.visit_detector.photometry_flag_fewstandards is 'True when too few standard stars were found to measure the zero point. (meta.code.qual)';
comment on column public.visit_detector.photometry_flag_fromheader is 'True when the zero point was taken over from the header of the image. (meta.code.qual)';
comment on column public.visit_detector.astromoffsetmean is 'Mean separation of the fitted stars from the reference catalog. NaN when too few stars were matched. [arcsec] (pos.angDistance;stat.mean)';
comment on column public.visit_detector.astromoffsetstd is 'Standard deviation of the separation of the fitted stars from the reference catalog. NaN when too few stars were matched. [arcsec] (stat.stdev;pos.angDistance)';
comment on column public.visit_detector.astromrarms is 'Rms about zero of the offsets in right ascension, as angles on the sky, of the fitted stars from the reference catalog. NaN when too few stars were matched. [arcsec] (stat.rms;pos.eq.ra)';
comment on column public.visit_detector.astromdecrms is 'Rms about zero of the offsets in declination of the fitted stars from the reference catalog. NaN when too few stars were matched. [arcsec] (stat.rms;pos.eq.dec)';
comment on column public.visit_detector.nastrometrystar is 'Number of reference stars in the final fit of the image coordinates. [dimensionless] (meta.number;src.calib)';
comment on column public.visit_detector.astrometry_flag_fewstandards is 'True when fewer than 5 reference stars were found; the coordinates are then those of the header. (meta.code.qual)';
comment on column public.visit_detector.astrometry_flag_noreference is 'True when no reference catalog covers the image; the coordinates are then those of the header. (meta.code.qual)';
comment on column public.visit_detector.psfsigma is 'Determinant radius (fourth root of the determinant of the second moments) of the PSF model at the center of the image. NaN when there is no PSF model. [pixel] (instr.det.psf)';
comment on column public.visit_detector.seeing is 'Full width at half maximum of the PSF: psfFwhm times pixelScale. NaN when there is no PSF model or no coordinates. [arcsec] (instr.obsty.seeing)';
comment on column public.visit_detector.psffwhm is 'Full width at half maximum of a two-dimensional Gaussian fitted to the stars. NaN when there are no stars. [pixel] (instr.det.psf;stat.fwhm)';
comment on column public.visit_detector.psfe1 is 'Ellipticity of the PSF model along the pixel axes, distortion convention: (Ixx - Iyy) / (Ixx + Iyy). NaN when there is no PSF model. [dimensionless] (src.ellipticity;instr.det.psf)';
comment on column public.visit_detector.psfe2 is 'Ellipticity of the PSF model along the diagonals, distortion convention: 2 Ixy / (Ixx + Iyy). NaN when there is no PSF model. [dimensionless] (src.ellipticity;instr.det.psf)';
comment on column public.visit_detector.npsfstar is 'Number of stars in the final fit of the PSF model. [dimensionless] (meta.number;src.calib)';
comment on column public.visit_detector.psf_flag_fewstars is 'True when too few stars were found to model the PSF. (meta.code.qual)';
comment on column public.visit_detector.skybg is 'Average of the background model per pixel, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when no pixel is usable. [count] (instr.skyLevel)';
comment on column public.visit_detector.skynoise is 'Rms of a pixel about the background model, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when no pixel is usable. [count] (stat.rms;instr.skyLevel)';
comment on column public.visit_detector.maglim is 'AB magnitude of a point source whose PSF flux is 5 times its error, from skyNoise and the PSF. NaN when the image has no zero point or no PSF model. [mag] (instr.sensitivity;phot.mag)';
comment on column public.visit_detector.nsource is 'Number of rows that the image has in the source catalog. [dimensionless] (meta.number;src)';
comment on column public.visit_detector._healpix_29 is 'Nested HEALPix pixel of order 29 that holds ra and dec; -1 when there is none. The files are sorted by it. (pos.healpix)';

