-- What revision 0004 adds to a ledger of revision 0003. Views that changed are made anew, with those that read them.

drop view public.exposure, public.run, public.campaign_turn;

drop function work.give_back;

CREATE TABLE catalog.truth_crosstalk (
	load_id BIGINT,
	dataset_id BIGINT,
	instrument TEXT,
	detector INTEGER,
	source TEXT,
	target TEXT,
	coefficient DOUBLE PRECISION DEFAULT 'NaN',
	_healpix_29 BIGINT
)
 PARTITION BY LIST (load_id);

CREATE INDEX truth_crosstalk_dataset_idx ON catalog.truth_crosstalk (dataset_id);

CREATE UNIQUE INDEX truth_crosstalk_once_key ON catalog.truth_crosstalk (instrument, detector, target, source, dataset_id, load_id);

COMMENT ON TABLE catalog.truth_crosstalk IS 'Crosstalk of simulated cameras as it truly is: what calibration has to find.';

COMMENT ON COLUMN catalog.truth_crosstalk.load_id IS 'Load that brought the row; ingest.load. Only in SQL. (meta.id)';

COMMENT ON COLUMN catalog.truth_crosstalk.dataset_id IS 'Dataset that the row is of; registry.dataset. Only in SQL. (meta.id)';

COMMENT ON COLUMN catalog.truth_crosstalk.instrument IS 'Short name of the simulated camera, e.g. Quartet. (meta.id;instr)';

COMMENT ON COLUMN catalog.truth_crosstalk.detector IS 'Number of the detector in the focal plane, unique within the instrument. (meta.id;obs.image)';

COMMENT ON COLUMN catalog.truth_crosstalk.source IS 'Name of the amplifier whose signal appears in the target. (meta.id;instr.det)';

COMMENT ON COLUMN catalog.truth_crosstalk.target IS 'Name of the amplifier in which it appears. (meta.id;instr.det)';

COMMENT ON COLUMN catalog.truth_crosstalk.coefficient IS 'Fraction of the signal of the source that is added to the target. Never NaN. [dimensionless] (arith.factor;instr.det)';

COMMENT ON COLUMN catalog.truth_crosstalk._healpix_29 IS 'Always -1, because an amplifier has no place on the sky. (pos.healpix)';

CREATE TABLE catalog.truth_detector (
	load_id BIGINT,
	dataset_id BIGINT,
	instrument TEXT,
	detector INTEGER,
	amplifier TEXT,
	gain DOUBLE PRECISION DEFAULT 'NaN',
	readnoise DOUBLE PRECISION DEFAULT 'NaN',
	nonlinearity DOUBLE PRECISION DEFAULT 'NaN',
	a00 DOUBLE PRECISION DEFAULT 'NaN',
	fullwell DOUBLE PRECISION DEFAULT 'NaN',
	_healpix_29 BIGINT
)
 PARTITION BY LIST (load_id);

CREATE INDEX truth_detector_dataset_idx ON catalog.truth_detector (dataset_id);

CREATE UNIQUE INDEX truth_detector_once_key ON catalog.truth_detector (instrument, detector, amplifier, dataset_id, load_id);

COMMENT ON TABLE catalog.truth_detector IS 'Amplifiers of simulated cameras as they truly are: what calibration has to find. Missing numbers are NaN, never NULL.';

COMMENT ON COLUMN catalog.truth_detector.load_id IS 'Load that brought the row; ingest.load. Only in SQL. (meta.id)';

COMMENT ON COLUMN catalog.truth_detector.dataset_id IS 'Dataset that the row is of; registry.dataset. Only in SQL. (meta.id)';

COMMENT ON COLUMN catalog.truth_detector.instrument IS 'Short name of the simulated camera, e.g. Quartet. (meta.id;instr)';

COMMENT ON COLUMN catalog.truth_detector.detector IS 'Number of the detector in the focal plane, unique within the instrument. (meta.id;obs.image)';

COMMENT ON COLUMN catalog.truth_detector.amplifier IS 'Name of the amplifier, as in the definition of the camera. (meta.id;instr.det)';

COMMENT ON COLUMN catalog.truth_detector.gain IS 'Photo-electrons for each count. Never NaN. [adu**-1] (arith.factor;instr.det)';

COMMENT ON COLUMN catalog.truth_detector.readnoise IS 'Standard deviation of the read noise (photo-electrons). Never NaN. [dimensionless] (instr.det.noise)';

COMMENT ON COLUMN catalog.truth_detector.nonlinearity IS 'Coefficient c, where counts + c counts**2 are in proportion to the charge (counts above the overscan). Never NaN. [adu**-1] (arith.factor;instr.det)';

COMMENT ON COLUMN catalog.truth_detector.a00 IS 'Brighter-fatter coefficient: the variance of a flat of mean mu (photo-electrons) is mu + a00 mu**2. Never NaN. [dimensionless] (arith.factor;instr.det)';

COMMENT ON COLUMN catalog.truth_detector.fullwell IS 'Charge above which a pixel bleeds (photo-electrons). NaN where none does. [dimensionless] (instr.saturation)';

COMMENT ON COLUMN catalog.truth_detector._healpix_29 IS 'Always -1, because an amplifier has no place on the sky. (pos.healpix)';

CREATE TABLE catalog.truth_object (
	load_id BIGINT,
	dataset_id BIGINT,
	truthid BIGINT,
	kind TEXT,
	ra DOUBLE PRECISION DEFAULT 'NaN',
	dec DOUBLE PRECISION DEFAULT 'NaN',
	epochmjdtai DOUBLE PRECISION DEFAULT 'NaN',
	pmra DOUBLE PRECISION DEFAULT 'NaN',
	pmdec DOUBLE PRECISION DEFAULT 'NaN',
	umag DOUBLE PRECISION DEFAULT 'NaN',
	gmag DOUBLE PRECISION DEFAULT 'NaN',
	rmag DOUBLE PRECISION DEFAULT 'NaN',
	imag DOUBLE PRECISION DEFAULT 'NaN',
	zmag DOUBLE PRECISION DEFAULT 'NaN',
	ymag DOUBLE PRECISION DEFAULT 'NaN',
	halflightradius DOUBLE PRECISION DEFAULT 'NaN',
	sersicindex DOUBLE PRECISION DEFAULT 'NaN',
	axisratio DOUBLE PRECISION DEFAULT 'NaN',
	positionangle DOUBLE PRECISION DEFAULT 'NaN',
	hostid BIGINT,
	variability TEXT,
	period DOUBLE PRECISION DEFAULT 'NaN',
	amplitude DOUBLE PRECISION DEFAULT 'NaN',
	phase DOUBLE PRECISION DEFAULT 'NaN',
	peakmjdtai DOUBLE PRECISION DEFAULT 'NaN',
	_healpix_29 BIGINT
)
 PARTITION BY LIST (load_id);

CREATE INDEX truth_object_dataset_idx ON catalog.truth_object (dataset_id);

CREATE INDEX truth_object_healpix_idx ON catalog.truth_object (_healpix_29);

CREATE UNIQUE INDEX truth_object_once_key ON catalog.truth_object (truthid, dataset_id, load_id);

COMMENT ON TABLE catalog.truth_object IS 'Objects of a simulated sky as they truly are, whatever was observed of them. Missing numbers are NaN, never NULL.';

COMMENT ON COLUMN catalog.truth_object.load_id IS 'Load that brought the row; ingest.load. Only in SQL. (meta.id)';

COMMENT ON COLUMN catalog.truth_object.dataset_id IS 'Dataset that the row is of; registry.dataset. Only in SQL. (meta.id)';

COMMENT ON COLUMN catalog.truth_object.truthid IS 'Number of the object in its survey: of its kind (from 100000000) and running. (meta.id;src;meta.main)';

COMMENT ON COLUMN catalog.truth_object.kind IS 'What it is: star, galaxy, transient, or mover (an object of the solar system). (meta.code.class)';

COMMENT ON COLUMN catalog.truth_object.ra IS 'Right ascension, ICRS, in [0, 360), at epochMjdTai. Never NaN. [deg] (pos.eq.ra;meta.main)';

COMMENT ON COLUMN catalog.truth_object.dec IS 'Declination, ICRS, at epochMjdTai. Never NaN. [deg] (pos.eq.dec;meta.main)';

COMMENT ON COLUMN catalog.truth_object.epochmjdtai IS 'Epoch of ra and dec, MJD in TAI. Never NaN. [d] (time.epoch)';

COMMENT ON COLUMN catalog.truth_object.pmra IS 'Proper motion in right ascension as an angle on the sky, that is times cos(dec); that of a mover is large. Never NaN. [mas/yr] (pos.pm;pos.eq.ra)';

COMMENT ON COLUMN catalog.truth_object.pmdec IS 'Proper motion in declination. Never NaN. [mas/yr] (pos.pm;pos.eq.dec)';

COMMENT ON COLUMN catalog.truth_object.umag IS 'AB magnitude in the u band, outside the atmosphere: the mean of what varies, and of a transient that at its peak. Never NaN. [mag] (phot.mag;em.opt.U)';

COMMENT ON COLUMN catalog.truth_object.gmag IS 'AB magnitude in the g band, outside the atmosphere: the mean of what varies, and of a transient that at its peak. Never NaN. [mag] (phot.mag;em.opt.B)';

COMMENT ON COLUMN catalog.truth_object.rmag IS 'AB magnitude in the r band, outside the atmosphere: the mean of what varies, and of a transient that at its peak. Never NaN. [mag] (phot.mag;em.opt.R)';

COMMENT ON COLUMN catalog.truth_object.imag IS 'AB magnitude in the i band, outside the atmosphere: the mean of what varies, and of a transient that at its peak. Never NaN. [mag] (phot.mag;em.opt.I)';

COMMENT ON COLUMN catalog.truth_object.zmag IS 'AB magnitude in the z band, outside the atmosphere: the mean of what varies, and of a transient that at its peak. Never NaN. [mag] (phot.mag;em.opt.I)';

COMMENT ON COLUMN catalog.truth_object.ymag IS 'AB magnitude in the y band, outside the atmosphere: the mean of what varies, and of a transient that at its peak. Never NaN. [mag] (phot.mag;em.IR.NIR)';

COMMENT ON COLUMN catalog.truth_object.halflightradius IS 'Radius along the major axis that holds half of the light of a galaxy. NaN for what is no galaxy. [arcsec] (phys.angSize)';

COMMENT ON COLUMN catalog.truth_object.sersicindex IS 'Index of the Sersic profile of a galaxy. NaN for what is no galaxy. [dimensionless] (stat.param)';

COMMENT ON COLUMN catalog.truth_object.axisratio IS 'Minor axis over major axis of a galaxy. NaN for what is no galaxy. [dimensionless] (phys.angSize;arith.ratio)';

COMMENT ON COLUMN catalog.truth_object.positionangle IS 'Direction of the major axis of a galaxy, from north through east. NaN for what is no galaxy. [deg] (pos.posAng)';

COMMENT ON COLUMN catalog.truth_object.hostid IS 'Number (truthId) of the galaxy on which a transient stands; 0 for all else. (meta.id;src)';

COMMENT ON COLUMN catalog.truth_object.variability IS 'How its brightness changes: sine, pulsation (a saw-tooth, as of RR Lyrae stars), transient (an exponential rise and fading), or empty where it does not. (meta.code.class)';

COMMENT ON COLUMN catalog.truth_object.period IS 'Period of what varies; of a transient the time in which it fades by a factor e. NaN for what is constant. [d] (time.period)';

COMMENT ON COLUMN catalog.truth_object.amplitude IS 'Difference of the faintest and brightest magnitude of what is periodic; 0 for all else. Never NaN. [mag] (phot.mag;arith.diff)';

COMMENT ON COLUMN catalog.truth_object.phase IS 'Phase of what is periodic at MJD 0 (TAI), in periods. NaN for what is not. [dimensionless] (time.phase)';

COMMENT ON COLUMN catalog.truth_object.peakmjdtai IS 'When a transient is brightest, MJD in TAI. NaN for all else. [d] (time.epoch)';

COMMENT ON COLUMN catalog.truth_object._healpix_29 IS 'Nested HEALPix pixel of order 29 that holds ra and dec, at epochMjdTai. The files are sorted by it. (pos.healpix)';

CREATE TABLE catalog.truth_source (
	load_id BIGINT,
	dataset_id BIGINT,
	truthid BIGINT,
	instrument TEXT,
	visit BIGINT,
	detector INTEGER,
	band TEXT,
	physical_filter TEXT,
	midpointmjdtai DOUBLE PRECISION DEFAULT 'NaN',
	kind TEXT,
	x DOUBLE PRECISION DEFAULT 'NaN',
	y DOUBLE PRECISION DEFAULT 'NaN',
	ra DOUBLE PRECISION DEFAULT 'NaN',
	dec DOUBLE PRECISION DEFAULT 'NaN',
	flux DOUBLE PRECISION DEFAULT 'NaN',
	mag DOUBLE PRECISION DEFAULT 'NaN',
	isvariable BOOLEAN,
	psffwhm REAL DEFAULT 'NaN',
	psfe1 REAL DEFAULT 'NaN',
	psfe2 REAL DEFAULT 'NaN',
	_healpix_29 BIGINT
)
 PARTITION BY LIST (load_id);

CREATE INDEX truth_source_dataset_idx ON catalog.truth_source (dataset_id);

CREATE INDEX truth_source_healpix_idx ON catalog.truth_source (_healpix_29);

CREATE INDEX truth_source_object_idx ON catalog.truth_source (truthid);

CREATE UNIQUE INDEX truth_source_once_key ON catalog.truth_source (truthid, visit, detector, instrument, dataset_id, load_id);

CREATE INDEX truth_source_visit_detector_idx ON catalog.truth_source (visit, detector);

COMMENT ON TABLE catalog.truth_source IS 'Sources of simulated images as they truly are: where the light of each object fell, and how much was expected. Each source that is on the image is there, however faint. Missing numbers are NaN, never NULL.';

COMMENT ON COLUMN catalog.truth_source.load_id IS 'Load that brought the row; ingest.load. Only in SQL. (meta.id)';

COMMENT ON COLUMN catalog.truth_source.dataset_id IS 'Dataset that the row is of; registry.dataset. Only in SQL. (meta.id)';

COMMENT ON COLUMN catalog.truth_source.truthid IS 'Number of the object in its survey; truth_object.truthId. (meta.id;src;meta.main)';

COMMENT ON COLUMN catalog.truth_source.instrument IS 'Short name of the simulated camera, e.g. Quartet. (meta.id;instr)';

COMMENT ON COLUMN catalog.truth_source.visit IS 'Number of the visit, unique within the instrument. (meta.id;obs.image)';

COMMENT ON COLUMN catalog.truth_source.detector IS 'Number of the detector in the focal plane, unique within the instrument. (meta.id;obs.image)';

COMMENT ON COLUMN catalog.truth_source.band IS 'Short name of the passband, e.g. r. (instr.bandpass)';

COMMENT ON COLUMN catalog.truth_source.physical_filter IS 'Name of the filter in the beam, as the instrument calls it. (meta.id;instr.filter)';

COMMENT ON COLUMN catalog.truth_source.midpointmjdtai IS 'Middle of the exposure, MJD in TAI. Never NaN. [d] (time.epoch;obs.exposure)';

COMMENT ON COLUMN catalog.truth_source.kind IS 'What it is: star, galaxy, transient, or mover. (meta.code.class)';

COMMENT ON COLUMN catalog.truth_source.x IS 'Column of the centroid in the trimmed image; the center of the first pixel is 0. Distortion, turbulence and refraction are in it. Never NaN. [pixel] (pos.cartesian.x;instr.det)';

COMMENT ON COLUMN catalog.truth_source.y IS 'Row of the centroid in the trimmed image; the center of the first pixel is 0. Never NaN. [pixel] (pos.cartesian.y;instr.det)';

COMMENT ON COLUMN catalog.truth_source.ra IS 'Right ascension, ICRS, in [0, 360), at the middle of the exposure, outside the atmosphere. Never NaN. [deg] (pos.eq.ra;meta.main)';

COMMENT ON COLUMN catalog.truth_source.dec IS 'Declination, ICRS, at the middle of the exposure, outside the atmosphere. Never NaN. [deg] (pos.eq.dec;meta.main)';

COMMENT ON COLUMN catalog.truth_source.flux IS 'Expected photo-electrons of the whole profile, extinction and clouds counted, vignetting and the response of the pixels not. Never NaN. [dimensionless] (phot.count)';

COMMENT ON COLUMN catalog.truth_source.mag IS 'AB magnitude at the middle of the exposure, outside the atmosphere. Never NaN. [mag] (phot.mag;em.opt)';

COMMENT ON COLUMN catalog.truth_source.isvariable IS 'True when the brightness of the object changes. (meta.code.status;src.var)';

COMMENT ON COLUMN catalog.truth_source.psffwhm IS 'FWHM of the PSF at this place, before refraction spreads it. Never NaN. [pixel] (instr.det.psf)';

COMMENT ON COLUMN catalog.truth_source.psfe1 IS 'First ellipticity of the PSF there, (a2 - b2) / (a2 + b2) along the columns of axes a and b, before refraction. Never NaN. [dimensionless] (src.ellipticity;instr.det.psf)';

COMMENT ON COLUMN catalog.truth_source.psfe2 IS 'Second ellipticity of the PSF there, along the diagonal. Never NaN. [dimensionless] (src.ellipticity;instr.det.psf)';

COMMENT ON COLUMN catalog.truth_source._healpix_29 IS 'Nested HEALPix pixel of order 29 that holds ra and dec. The files are sorted by it. (pos.healpix)';

alter table registry.run add column inputs TEXT[];

alter table registry.run add column compatibility_class TEXT DEFAULT 'cpu-1' NOT NULL;

alter table registry.run add column lineage_classes TEXT[];

COMMENT ON COLUMN registry.run.inputs IS 'Collections that were named for the plan, in order; empty: those that the pipeline takes by default; NULL: nobody kept it.';

COMMENT ON COLUMN registry.run.compatibility_class IS 'Class of environments that it was planned for; workers of another one leave its units.';

COMMENT ON COLUMN registry.run.lineage_classes IS 'Classes of environments that its lineage may be of, as an import said; NULL where planned here.';

alter table registry.campaign_run add column refused JSONB DEFAULT '[]' NOT NULL;

COMMENT ON COLUMN registry.campaign_run.refused IS 'What the plan left out because it cannot be used: a sentence for each reason, with the number.';

alter table registry.exposure add column observation_type TEXT;

CREATE INDEX exposure_visit_idx ON registry.exposure (instrument, visit);

COMMENT ON COLUMN registry.exposure.observation_type IS 'What was taken: science, bias, dark, flat, or another type as the header says; unknown where it says none; NULL where nobody was asked: that counts as science.';

CREATE INDEX coordinate_healpix_idx ON registry.coordinate (healpix) WHERE healpix is not null;

CREATE INDEX coordinate_tract_idx ON registry.coordinate (skymap, tract, patch) WHERE tract is not null;

CREATE INDEX coordinate_visit_idx ON registry.coordinate (instrument, visit, detector) WHERE visit is not null;

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
create or replace trigger no_return before update on quality.specification
  for each row when (old.until <> 'infinity') execute function registry.refuse_change();

-- A time tells when a change was made, so it lies in the transaction that makes it: else one could write what has never been
-- into the history, or take out of it what was. It may be earlier than the clock by the time that somebody waited for a lock.
create or replace function registry.refuse_past() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  raise exception '%.% keeps its history: % takes the time at which a change is made, none before or after',
    tg_table_schema, tg_table_name, tg_argv[0]
    using errcode = 'P0A06', hint = 'Take clock_timestamp().';
end $$;
comment on function registry.refuse_past is 'Trigger: refuse times that lie before or after the transaction that writes them.';

do $$
declare
  name text;
  ended text;
begin
  foreach name in array array['registry.member', 'registry.collection_chain', 'registry.calibration_validity',
                              'quality.specification'] loop
    execute format('create trigger timely before insert on %s for each row
                    when (new.since not between least(now(), clock_timestamp()) and greatest(now(), clock_timestamp())
                          or new.until <> ''infinity''
                             and new.until not between least(now(), clock_timestamp()) and greatest(now(), clock_timestamp()))
                    execute function registry.refuse_past(''since'')', name);
  end loop;
  -- What was begun by a clock that was ahead ends when it began.
  for name, ended in values ('registry.member', 'until'), ('registry.collection_chain', 'until'),
                            ('registry.calibration_validity', 'until'), ('quality.specification', 'until') loop
    execute format('create trigger timely_end before update on %s for each row
                    when (new.until is distinct from old.until
                          and new.until not between least(now(), clock_timestamp())
                                            and greatest(now(), clock_timestamp(), old.since))
                    execute function registry.refuse_past(%L)', name, ended);
  end loop;
  for name, ended in values ('registry.mark', 'revoked_at'), ('registry.collection', 'sealed_at') loop
    execute format('create trigger timely_end before update on %s for each row
                    when (new.%2$I is distinct from old.%2$I
                          and new.%2$I not between least(now(), clock_timestamp()) and greatest(now(), clock_timestamp()))
                    execute function registry.refuse_past(%2$L)', name, ended);
  end loop;
end $$;
create or replace trigger timely before insert on registry.collection for each row
  when (new.sealed_at is not null
        and new.sealed_at not between least(now(), clock_timestamp()) and greatest(now(), clock_timestamp()))
  execute function registry.refuse_past('sealed_at');
-- An import tells when a mark was taken back elsewhere; what is still to come nobody knows.
create or replace trigger timely before insert on registry.mark for each row
  when (new.revoked_at is not null and new.revoked_at > greatest(now(), clock_timestamp()))
  execute function registry.refuse_past('revoked_at');

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

create or replace function work.give_back(p_token bigint, p_units bigint[], p_pause interval default '0') returns int
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
  select u.unit_id, u.queue, u.priority, u.vtime, u.solo, clock_timestamp() + p_pause
  from work.unit u where u.unit_id = any(held);
  get diagnostics n = row_count;
  return n;
end $$;
comment on function work.give_back is 'Return units that were claimed but not begun; counts no attempt. A worker that is told to stop does this, and one of another class of environments, for a while.';

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
  -- A sealed run takes nothing in any more: whatever came of them would be refused in the end.
  perform registry.insist_open(array(select distinct u.run_id from work.unit u where u.unit_id = any(p_units)), '{run}', 'unit');
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
  -- Locked in the order in which whoever submits locks.
  perform from registry.collection c where c.collection_id = p_run for share;
  perform from work.resolver for update;
  select array_agg(unit_id) into ids from work.unit where run_id = p_run and state = 'cancelled';
  if ids is null then
    return 0;
  end if;
  -- A sealed run takes nothing in any more: whatever came of them would be refused in the end.
  perform registry.insist_open(array[p_run], '{run}', 'unit');
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
-- read the whole table, which takes longer than the looks into the index do. The index leaves out what an array has twice: to make
-- it distinct before, and to sort in files, took more than half of the time.
-- Readers may walk: they learn keys and distances, the views tell them the rest. Hence security definer.
create or replace function registry.upstream(p_datasets bigint[], p_depth int default null) returns table (dataset_id bigint, depth int)
language plpgsql stable security definer set search_path = pg_catalog set enable_seqscan = off set work_mem = '64MB' as $$
declare
  front bigint[] := array(select distinct d from unnest(p_datasets) d);
  seen bigint[] := front;
  quanta bigint[];
  step int := 0;
begin
  while cardinality(front) > 0 loop
    return query select unnest(front), step;
    exit when step = p_depth;
    step := step + 1;
    quanta := array(
      select d.quantum_id from registry.dataset d where d.dataset_id = any(front) and d.quantum_id is not null);
    front := array(
      select i.dataset_id from registry.quantum_input i where i.quantum_id = any(quanta) except select unnest(seen));
    seen := seen || front;
  end loop;
end $$;
comment on function registry.upstream is
'Every dataset that these were made from, themselves included, with the shortest distance; no farther than p_depth.';

create or replace function registry.downstream(p_datasets bigint[], p_depth int default null) returns table (dataset_id bigint, depth int)
language plpgsql stable security definer set search_path = pg_catalog set enable_seqscan = off set work_mem = '64MB' as $$
declare
  front bigint[] := array(select distinct d from unnest(p_datasets) d);
  seen bigint[] := front;
  quanta bigint[];
  step int := 0;
begin
  while cardinality(front) > 0 loop
    return query select unnest(front), step;
    exit when step = p_depth;
    step := step + 1;
    quanta := array(select i.quantum_id from registry.quantum_input i where i.dataset_id = any(front));
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
  -- Each partition demands a value in every column, and the parent leaves that to them: to compare as many NOT NULL as there are
  -- columns was two thirds of an attach, which holds a lock. No row is in the table but through a partition.
  execute (
    select format('alter table catalog_part.%I %s', fresh, string_agg(format('alter column %I set not null', a.attname), ', '))
    from pg_attribute a
    where a.attrelid = format('catalog.%I', l.target)::regclass and a.attnum > 0 and not a.attisdropped);
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

create view public.exposure as
select e.instrument, e.exposure, e.visit, e.physical_filter, f.band, e.day_obs, e.obs_start_mjd_tai, e.exp_time,
       e.observation_type
from registry.exposure e left join registry.physical_filter f using (instrument, physical_filter);
comment on view public.exposure is 'Exposures.';
comment on column public.exposure.instrument is 'Instrument.';
comment on column public.exposure.exposure is 'Exposure id, unique per instrument.';
comment on column public.exposure.visit is 'Visit that it belongs to.';
comment on column public.exposure.physical_filter is 'Filter in the camera''s own words; NULL where nobody knows.';
comment on column public.exposure.band is 'Abstract band; NULL where nobody knows.';
comment on column public.exposure.day_obs is 'Observing night, YYYYMMDD; NULL where nobody knows.';
comment on column public.exposure.obs_start_mjd_tai is 'Opening of the shutter, MJD (TAI) [d]; NULL where nobody knows.';
comment on column public.exposure.exp_time is 'Exposure time [s]; NULL where nobody knows.';
comment on column public.exposure.observation_type is 'What was taken: science, bias, dark, flat, or another type as the header says; unknown where it says none; NULL where nobody was asked, as before revision 0004: that counts as science.';

create view public.run as
select r.run_id, c.name as run, r.pipeline, r.created_at,
       coalesce(u.n_units, 0) as n_units, coalesce(u.n_waiting, 0) as n_waiting,
       coalesce(u.n_ready, 0) - coalesce(l.n_leased, 0) as n_ready, coalesce(l.n_leased, 0) as n_leased,
       coalesce(u.n_done, 0) as n_done, coalesce(u.n_reused, 0) as n_reused,
       coalesce(u.n_dead, 0) as n_dead, coalesce(u.n_blocked, 0) as n_blocked, coalesce(u.n_cancelled, 0) as n_cancelled,
       coalesce(u.n_waiting + u.n_ready, 0) = 0 as ended,
       coalesce(s.paused, false) as paused, s.weight, coalesce(u.left_ms, 0) / 1000.0::float8 as left_s,
       r.inputs, r.compatibility_class
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
comment on column public.run.inputs is 'Collections that were named for the plan, in order; empty where it took those that the pipeline takes by default; NULL where nobody kept it, as of runs before revision 0004.';
comment on column public.run.compatibility_class is 'Class of environments that it was planned for.';

create view public.campaign_turn as
select c.name as campaign, t.turn, t.version, n.name as run, t.due_at, t.created_at, t.author, t.n_to_run, t.n_reused,
       t.n_excluded, t.estimated_cpu_s, t.estimated_bytes, w.cpu_s, w.wall_s, b.n_bytes, u.n_failed, u.n_going,
       p.created_at as reported_at, before.turn as compared_with, p.comparison, j.verdict, j.by_rule, j.reason, t.pipeline, t.code,
       array(select x.sentence from jsonb_array_elements_text(t.refused) with ordinality as x (sentence, place)
             order by x.place) as refused
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
comment on column public.campaign_turn.refused is 'What the plan left out because it cannot be used: a sentence for each reason.';

create view public.coverage as
select r.coordinate_id, r.ranges from registry.region r
union all
-- A data ID without a footprint of its own lies where those of its exposure or visit do: of its detector, or of any.
select c.coordinate_id, r.ranges
from registry.region r
join registry.coordinate f using (coordinate_id)
join registry.coordinate c on c.instrument = f.instrument and c.exposure = f.exposure
  and (c.detector is null or c.detector = f.detector)
where c.tract is null and not exists (select from registry.region o where o.coordinate_id = c.coordinate_id)
union all
select c.coordinate_id, r.ranges
from registry.region r
join registry.coordinate f using (coordinate_id)
left join registry.exposure e on e.instrument = f.instrument and e.exposure = f.exposure
join registry.coordinate c on c.instrument = f.instrument and c.visit = coalesce(f.visit, e.visit)
  and (c.detector is null or c.detector = f.detector)
where c.exposure is null and c.tract is null
  and not exists (select from registry.region o where o.coordinate_id = c.coordinate_id)
union all
-- Where no file has come yet, dimension records say it.
select c.coordinate_id, v.ranges
from registry.visit_detector_region v
join registry.coordinate c on c.instrument = v.instrument and c.visit = v.visit
  and (c.detector is null or c.detector = v.detector)
where c.tract is null and not exists (select from registry.region o where o.coordinate_id = c.coordinate_id)
union all
select c.coordinate_id, v.ranges
from registry.visit_region v
join registry.coordinate c on c.instrument = v.instrument and c.visit = v.visit
where c.detector is null and c.tract is null
  and not exists (select from registry.region o where o.coordinate_id = c.coordinate_id)
union all
-- Data IDs of raw frames hold the exposure alone: what is known of its visit counts.
select c.coordinate_id, v.ranges
from registry.visit_detector_region v
join registry.exposure e on e.instrument = v.instrument and e.visit = v.visit
join registry.coordinate c on c.instrument = e.instrument and c.exposure = e.exposure
  and (c.detector is null or c.detector = v.detector)
where c.visit is null and c.tract is null
  and not exists (select from registry.region o where o.coordinate_id = c.coordinate_id)
union all
select c.coordinate_id, v.ranges
from registry.visit_region v
join registry.exposure e on e.instrument = v.instrument and e.visit = v.visit
join registry.coordinate c on c.instrument = e.instrument and c.exposure = e.exposure
where c.visit is null and c.detector is null and c.tract is null
  and not exists (select from registry.region o where o.coordinate_id = c.coordinate_id)
union all
select c.coordinate_id, p.ranges
from registry.patch p
join registry.coordinate c on c.skymap = p.skymap and c.tract = p.tract and c.patch = p.patch
where c.tract is not null and not exists (select from registry.region o where o.coordinate_id = c.coordinate_id)
union all
select c.coordinate_id, t.ranges
from registry.tract t
join registry.coordinate c on c.skymap = t.skymap and c.tract = t.tract
where c.patch is null and c.tract is not null
  and not exists (select from registry.region o where o.coordinate_id = c.coordinate_id)
union all
-- A cell 4 * 4^order + pixel has 2 * order + 3 or 2 * order + 4 binary digits.
select c.coordinate_id, int8multirange(int8range(x.pixel << x.finer, (x.pixel + 1) << x.finer))
from registry.coordinate c
cross join lateral (
  select (length(ltrim(c.healpix::bit(64)::text, '0')) - 3) / 2 as cell_order) o
cross join lateral (
  select c.healpix - (4::int8 << (2 * o.cell_order)) as pixel, 2 * (29 - o.cell_order) as finer) x
where c.healpix is not null and not exists (select from registry.region o where o.coordinate_id = c.coordinate_id);
comment on view public.coverage is
'Where on the sky each data ID lies: its own footprint; else that of its exposure, visit, patch, tract or HEALPix cell.';
comment on column public.coverage.coordinate_id is 'Key of the data ID.';
comment on column public.coverage.ranges is 'Nested HEALPix pixels of order 29; several rows are parts or versions of one place.';

create view public.truth_crosstalk as select dataset_id, instrument, detector, source, target, coefficient, _healpix_29, load_id from catalog.truth_crosstalk t where exists (select from registry.member m where m.dataset_id = t.dataset_id and m.until = 'infinity');
comment on view public.truth_crosstalk is 'Crosstalk of simulated cameras as it truly is: what calibration has to find.';
comment on column public.truth_crosstalk.dataset_id is 'Dataset (Parquet file, or raw file for visits) that the row comes from: the way to its lineage.';
comment on column public.truth_crosstalk.instrument is 'Short name of the simulated camera, e.g. Quartet. (meta.id;instr)';
comment on column public.truth_crosstalk.detector is 'Number of the detector in the focal plane, unique within the instrument. (meta.id;obs.image)';
comment on column public.truth_crosstalk.source is 'Name of the amplifier whose signal appears in the target. (meta.id;instr.det)';
comment on column public.truth_crosstalk.target is 'Name of the amplifier in which it appears. (meta.id;instr.det)';
comment on column public.truth_crosstalk.coefficient is 'Fraction of the signal of the source that is added to the target. Never NaN. [dimensionless] (arith.factor;instr.det)';
comment on column public.truth_crosstalk._healpix_29 is 'Always -1, because an amplifier has no place on the sky. (pos.healpix)';
comment on column public.truth_crosstalk.load_id is 'Load that the row is in, until loads are merged: see the view load.';

create view public.truth_detector as select dataset_id, instrument, detector, amplifier, gain, readnoise, nonlinearity, a00, fullwell, _healpix_29, load_id from catalog.truth_detector t where exists (select from registry.member m where m.dataset_id = t.dataset_id and m.until = 'infinity');
comment on view public.truth_detector is 'Amplifiers of simulated cameras as they truly are: what calibration has to find. Missing numbers are NaN, never NULL.';
comment on column public.truth_detector.dataset_id is 'Dataset (Parquet file, or raw file for visits) that the row comes from: the way to its lineage.';
comment on column public.truth_detector.instrument is 'Short name of the simulated camera, e.g. Quartet. (meta.id;instr)';
comment on column public.truth_detector.detector is 'Number of the detector in the focal plane, unique within the instrument. (meta.id;obs.image)';
comment on column public.truth_detector.amplifier is 'Name of the amplifier, as in the definition of the camera. (meta.id;instr.det)';
comment on column public.truth_detector.gain is 'Photo-electrons for each count. Never NaN. [adu**-1] (arith.factor;instr.det)';
comment on column public.truth_detector.readnoise is 'Standard deviation of the read noise (photo-electrons). Never NaN. [dimensionless] (instr.det.noise)';
comment on column public.truth_detector.nonlinearity is 'Coefficient c, where counts + c counts**2 are in proportion to the charge (counts above the overscan). Never NaN. [adu**-1] (arith.factor;instr.det)';
comment on column public.truth_detector.a00 is 'Brighter-fatter coefficient: the variance of a flat of mean mu (photo-electrons) is mu + a00 mu**2. Never NaN. [dimensionless] (arith.factor;instr.det)';
comment on column public.truth_detector.fullwell is 'Charge above which a pixel bleeds (photo-electrons). NaN where none does. [dimensionless] (instr.saturation)';
comment on column public.truth_detector._healpix_29 is 'Always -1, because an amplifier has no place on the sky. (pos.healpix)';
comment on column public.truth_detector.load_id is 'Load that the row is in, until loads are merged: see the view load.';

create view public.truth_object as select dataset_id, truthid, kind, ra, dec, epochmjdtai, pmra, pmdec, umag, gmag, rmag, imag, zmag, ymag, halflightradius, sersicindex, axisratio, positionangle, hostid, variability, period, amplitude, phase, peakmjdtai, _healpix_29, load_id from catalog.truth_object t where exists (select from registry.member m where m.dataset_id = t.dataset_id and m.until = 'infinity');
comment on view public.truth_object is 'Objects of a simulated sky as they truly are, whatever was observed of them. Missing numbers are NaN, never NULL.';
comment on column public.truth_object.dataset_id is 'Dataset (Parquet file, or raw file for visits) that the row comes from: the way to its lineage.';
comment on column public.truth_object.truthid is 'Number of the object in its survey: of its kind (from 100000000) and running. (meta.id;src;meta.main)';
comment on column public.truth_object.kind is 'What it is: star, galaxy, transient, or mover (an object of the solar system). (meta.code.class)';
comment on column public.truth_object.ra is 'Right ascension, ICRS, in [0, 360), at epochMjdTai. Never NaN. [deg] (pos.eq.ra;meta.main)';
comment on column public.truth_object.dec is 'Declination, ICRS, at epochMjdTai. Never NaN. [deg] (pos.eq.dec;meta.main)';
comment on column public.truth_object.epochmjdtai is 'Epoch of ra and dec, MJD in TAI. Never NaN. [d] (time.epoch)';
comment on column public.truth_object.pmra is 'Proper motion in right ascension as an angle on the sky, that is times cos(dec); that of a mover is large. Never NaN. [mas/yr] (pos.pm;pos.eq.ra)';
comment on column public.truth_object.pmdec is 'Proper motion in declination. Never NaN. [mas/yr] (pos.pm;pos.eq.dec)';
comment on column public.truth_object.umag is 'AB magnitude in the u band, outside the atmosphere: the mean of what varies, and of a transient that at its peak. Never NaN. [mag] (phot.mag;em.opt.U)';
comment on column public.truth_object.gmag is 'AB magnitude in the g band, outside the atmosphere: the mean of what varies, and of a transient that at its peak. Never NaN. [mag] (phot.mag;em.opt.B)';
comment on column public.truth_object.rmag is 'AB magnitude in the r band, outside the atmosphere: the mean of what varies, and of a transient that at its peak. Never NaN. [mag] (phot.mag;em.opt.R)';
comment on column public.truth_object.imag is 'AB magnitude in the i band, outside the atmosphere: the mean of what varies, and of a transient that at its peak. Never NaN. [mag] (phot.mag;em.opt.I)';
comment on column public.truth_object.zmag is 'AB magnitude in the z band, outside the atmosphere: the mean of what varies, and of a transient that at its peak. Never NaN. [mag] (phot.mag;em.opt.I)';
comment on column public.truth_object.ymag is 'AB magnitude in the y band, outside the atmosphere: the mean of what varies, and of a transient that at its peak. Never NaN. [mag] (phot.mag;em.IR.NIR)';
comment on column public.truth_object.halflightradius is 'Radius along the major axis that holds half of the light of a galaxy. NaN for what is no galaxy. [arcsec] (phys.angSize)';
comment on column public.truth_object.sersicindex is 'Index of the Sersic profile of a galaxy. NaN for what is no galaxy. [dimensionless] (stat.param)';
comment on column public.truth_object.axisratio is 'Minor axis over major axis of a galaxy. NaN for what is no galaxy. [dimensionless] (phys.angSize;arith.ratio)';
comment on column public.truth_object.positionangle is 'Direction of the major axis of a galaxy, from north through east. NaN for what is no galaxy. [deg] (pos.posAng)';
comment on column public.truth_object.hostid is 'Number (truthId) of the galaxy on which a transient stands; 0 for all else. (meta.id;src)';
comment on column public.truth_object.variability is 'How its brightness changes: sine, pulsation (a saw-tooth, as of RR Lyrae stars), transient (an exponential rise and fading), or empty where it does not. (meta.code.class)';
comment on column public.truth_object.period is 'Period of what varies; of a transient the time in which it fades by a factor e. NaN for what is constant. [d] (time.period)';
comment on column public.truth_object.amplitude is 'Difference of the faintest and brightest magnitude of what is periodic; 0 for all else. Never NaN. [mag] (phot.mag;arith.diff)';
comment on column public.truth_object.phase is 'Phase of what is periodic at MJD 0 (TAI), in periods. NaN for what is not. [dimensionless] (time.phase)';
comment on column public.truth_object.peakmjdtai is 'When a transient is brightest, MJD in TAI. NaN for all else. [d] (time.epoch)';
comment on column public.truth_object._healpix_29 is 'Nested HEALPix pixel of order 29 that holds ra and dec, at epochMjdTai. The files are sorted by it. (pos.healpix)';
comment on column public.truth_object.load_id is 'Load that the row is in, until loads are merged: see the view load.';

create view public.truth_source as select dataset_id, truthid, instrument, visit, detector, band, physical_filter, midpointmjdtai, kind, x, y, ra, dec, flux, mag, isvariable, psffwhm, psfe1, psfe2, _healpix_29, load_id from catalog.truth_source t where exists (select from registry.member m where m.dataset_id = t.dataset_id and m.until = 'infinity');
comment on view public.truth_source is 'Sources of simulated images as they truly are: where the light of each object fell, and how much was expected. Each source that is on the image is there, however faint. Missing numbers are NaN, never NULL.';
comment on column public.truth_source.dataset_id is 'Dataset (Parquet file, or raw file for visits) that the row comes from: the way to its lineage.';
comment on column public.truth_source.truthid is 'Number of the object in its survey; truth_object.truthId. (meta.id;src;meta.main)';
comment on column public.truth_source.instrument is 'Short name of the simulated camera, e.g. Quartet. (meta.id;instr)';
comment on column public.truth_source.visit is 'Number of the visit, unique within the instrument. (meta.id;obs.image)';
comment on column public.truth_source.detector is 'Number of the detector in the focal plane, unique within the instrument. (meta.id;obs.image)';
comment on column public.truth_source.band is 'Short name of the passband, e.g. r. (instr.bandpass)';
comment on column public.truth_source.physical_filter is 'Name of the filter in the beam, as the instrument calls it. (meta.id;instr.filter)';
comment on column public.truth_source.midpointmjdtai is 'Middle of the exposure, MJD in TAI. Never NaN. [d] (time.epoch;obs.exposure)';
comment on column public.truth_source.kind is 'What it is: star, galaxy, transient, or mover. (meta.code.class)';
comment on column public.truth_source.x is 'Column of the centroid in the trimmed image; the center of the first pixel is 0. Distortion, turbulence and refraction are in it. Never NaN. [pixel] (pos.cartesian.x;instr.det)';
comment on column public.truth_source.y is 'Row of the centroid in the trimmed image; the center of the first pixel is 0. Never NaN. [pixel] (pos.cartesian.y;instr.det)';
comment on column public.truth_source.ra is 'Right ascension, ICRS, in [0, 360), at the middle of the exposure, outside the atmosphere. Never NaN. [deg] (pos.eq.ra;meta.main)';
comment on column public.truth_source.dec is 'Declination, ICRS, at the middle of the exposure, outside the atmosphere. Never NaN. [deg] (pos.eq.dec;meta.main)';
comment on column public.truth_source.flux is 'Expected photo-electrons of the whole profile, extinction and clouds counted, vignetting and the response of the pixels not. Never NaN. [dimensionless] (phot.count)';
comment on column public.truth_source.mag is 'AB magnitude at the middle of the exposure, outside the atmosphere. Never NaN. [mag] (phot.mag;em.opt)';
comment on column public.truth_source.isvariable is 'True when the brightness of the object changes. (meta.code.status;src.var)';
comment on column public.truth_source.psffwhm is 'FWHM of the PSF at this place, before refraction spreads it. Never NaN. [pixel] (instr.det.psf)';
comment on column public.truth_source.psfe1 is 'First ellipticity of the PSF there, (a2 - b2) / (a2 + b2) along the columns of axes a and b, before refraction. Never NaN. [dimensionless] (src.ellipticity;instr.det.psf)';
comment on column public.truth_source.psfe2 is 'Second ellipticity of the PSF there, along the diagonal. Never NaN. [dimensionless] (src.ellipticity;instr.det.psf)';
comment on column public.truth_source._healpix_29 is 'Nested HEALPix pixel of order 29 that holds ra and dec. The files are sorted by it. (pos.healpix)';
comment on column public.truth_source.load_id is 'Load that the row is in, until loads are merged: see the view load.';

-- The catalogs leave NOT NULL to their partitions, which then need not be compared when they are attached. For the change they
-- are taken out: dropped with them inside, it would be dropped from them, too. No row is read; `bound` says where each belongs.
do $$
declare
  statement text;
  statements text[];
begin
  -- A retirement that was interrupted comes first, or nothing else can be detached; `skyledger retire` ends it.
  for statement in
    select format('alter table %s detach partition %s finalize', i.inhparent::regclass, i.inhrelid::regclass)
    from pg_inherits i join pg_class p on p.oid = i.inhparent
    where p.relnamespace = 'catalog'::regnamespace and p.relkind = 'p' and i.inhdetachpending
  loop
    execute statement;
  end loop;
  select array_agg(format('alter table %s attach partition %s %s', i.inhparent::regclass, c.oid::regclass, pg_get_expr(c.relpartbound, c.oid)))
  into statements
  from pg_inherits i join pg_class p on p.oid = i.inhparent join pg_class c on c.oid = i.inhrelid
  where p.relnamespace = 'catalog'::regnamespace and p.relkind = 'p';
  for statement in
    select format('alter table %s detach partition %s', i.inhparent::regclass, i.inhrelid::regclass)
    from pg_inherits i join pg_class p on p.oid = i.inhparent
    where p.relnamespace = 'catalog'::regnamespace and p.relkind = 'p'
  loop
    execute statement;
  end loop;
  for statement in
    select format('alter table %s %s', p.oid::regclass, string_agg(format('alter column %I drop not null', a.attname), ', '))
    from pg_class p join pg_attribute a on a.attrelid = p.oid and a.attnum > 0 and a.attnotnull
    where p.relnamespace = 'catalog'::regnamespace and p.relkind = 'p' group by p.oid
  loop
    execute statement;
  end loop;
  foreach statement in array coalesce(statements, '{}') loop
    execute statement;
  end loop;
end $$;

