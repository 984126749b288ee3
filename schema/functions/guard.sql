-- Identity is append-only: neither a worker nor an owner in a hurry changes what a hash stands for.
create function registry.refuse_change() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  raise exception '%.% is append-only: % refused', tg_table_schema, tg_table_name, tg_op
    using errcode = 'P0A01', hint = 'Register a new row; mark the old one if it is wrong.';
end $$;
comment on function registry.refuse_change is 'Trigger: refuse whatever was asked of an append-only table.';

do $$
declare
  name text;
  free text;
begin
  foreach name in array array[
    'registry.instrument', 'registry.detector', 'registry.physical_filter', 'registry.visit', 'registry.exposure',
    'registry.skymap', 'registry.tract', 'registry.patch', 'registry.visit_region', 'registry.visit_detector_region',
    'registry.campaign', 'registry.campaign_version', 'registry.campaign_run', 'registry.campaign_exclusion',
    'registry.campaign_report', 'registry.campaign_verdict',
    'registry.software', 'registry.config', 'registry.task', 'registry.task_version', 'registry.role',
    'registry.dataset_type', 'registry.coordinate', 'registry.region', 'registry.quantum', 'registry.quantum_input',
    'registry.dataset', 'registry.origin', 'registry.action', 'registry.nondeterminism', 'registry.reproduction', 'registry.run', 'work.unit_input',
    'work.execution', 'quality.metric', 'quality.measurement',
    'registry.saved_query', 'registry.frozen_query'
  ] loop
    execute format('create trigger no_change before update or delete on %s for each row execute function registry.refuse_change()', name);
    execute format('create trigger no_truncate before truncate on %s execute function registry.refuse_change()', name);
  end loop;
  -- Of these one column tells what became of the row; the rest stays.
  for name, free in values ('registry.artifact', 'state'), ('registry.member', 'until'), ('registry.mark', 'revoked_at'),
                           ('quality.specification', 'until'), ('registry.collection', 'sealed_at'),
                           ('registry.collection_chain', 'until'), ('registry.calibration_validity', 'until') loop
    execute format('create trigger no_change before update on %s for each row
                    when (to_jsonb(new) - %L is distinct from to_jsonb(old) - %L) execute function registry.refuse_change()', name, free, free);
  end loop;
  foreach name in array array['registry.artifact', 'registry.member', 'registry.mark', 'ingest.load', 'quality.specification',
                            'work.unit', 'work.worker'] loop
    execute format('create trigger no_delete before delete on %s for each row execute function registry.refuse_change()', name);
    execute format('create trigger no_truncate before truncate on %s execute function registry.refuse_change()', name);
  end loop;
end $$;

-- What has ended has ended: nobody brings a member back into the past.
create trigger no_return before update on registry.member
  for each row when (old.until <> 'infinity') execute function registry.refuse_change();
create trigger no_return before update on registry.collection_chain
  for each row when (old.until <> 'infinity') execute function registry.refuse_change();
create trigger no_return before update on registry.calibration_validity
  for each row when (old.until <> 'infinity') execute function registry.refuse_change();
create trigger no_return before update on quality.specification
  for each row when (old.until <> 'infinity') execute function registry.refuse_change();

-- A time tells when a change was made, so it lies in the transaction that makes it: else one could write what has never been
-- into the history, or take out of it what was. It may be earlier than the clock by the time that somebody waited for a lock.
create function registry.refuse_past() returns trigger language plpgsql set search_path = pg_catalog as $$
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
create trigger timely before insert on registry.collection for each row
  when (new.sealed_at is not null
        and new.sealed_at not between least(now(), clock_timestamp()) and greatest(now(), clock_timestamp()))
  execute function registry.refuse_past('sealed_at');
-- An import tells when a mark was taken back elsewhere; what is still to come nobody knows.
create trigger timely before insert on registry.mark for each row
  when (new.revoked_at is not null and new.revoked_at > greatest(now(), clock_timestamp()))
  execute function registry.refuse_past('revoked_at');

create trigger no_delete before delete on registry.collection
  for each row execute function registry.refuse_change();
create trigger no_delete before delete on registry.collection_chain
  for each row execute function registry.refuse_change();
create trigger no_delete before delete on registry.calibration_validity
  for each row execute function registry.refuse_change();

-- A sealed collection is what it was when it was sealed. Its row is locked, so that nothing enters while it is being sealed;
-- a worker may not lock it, hence security definer.
create function registry.insist_open(p_touched int[], p_kinds text[], p_table text) returns void
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
create function registry.refuse_sealed() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform registry.insist_open(
    array[(to_jsonb(old) ->> tg_argv[0])::int, (to_jsonb(new) ->> tg_argv[0])::int], tg_argv[1]::text[], tg_table_name);
  return coalesce(new, old);
end $$;
comment on function registry.refuse_sealed is
  'Trigger: refuse changes of what a sealed collection holds, and what does not belong into a collection of its kind.';
-- Members come in thousands: one look for each statement. A member never changes its collection, so the new row tells both.
create function registry.refuse_sealed_members() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform registry.insist_open(array(select distinct t.collection_id from touched t), tg_argv[0]::text[], tg_table_name);
  return null;
end $$;
comment on function registry.refuse_sealed_members is
  'Trigger: refuse members that enter or leave a sealed collection, or one of another kind; once for all rows of a statement.';
create trigger sealed after insert on registry.member referencing new table as touched
  for each statement execute function registry.refuse_sealed_members('{run,tagged}');
create trigger sealed_change after update on registry.member referencing new table as touched
  for each statement execute function registry.refuse_sealed_members('{run,tagged}');
create trigger sealed before insert or update or delete on registry.calibration_validity
  for each row execute function registry.refuse_sealed('collection_id', '{calibration}');
create trigger sealed before insert or update or delete on registry.collection_chain
  for each row execute function registry.refuse_sealed('parent', '{chained}');
create trigger sealed before update or delete on registry.collection
  for each row when (old.sealed_at is not null) execute function registry.refuse_change();
-- History is kept: what was taken back stays so, since when it was. Who finds the same again marks again.
create trigger revoked before update on registry.mark
  for each row when (old.revoked_at is not null) execute function registry.refuse_change();
create trigger no_truncate before truncate on registry.calibration_validity execute function registry.refuse_change();
create trigger no_truncate before truncate on registry.collection_chain execute function registry.refuse_change();
create trigger no_truncate before truncate on registry.collection execute function registry.refuse_change();

-- One change of any chain at a time: two transactions could each close half of a circle without seeing the other's half.
create function registry.refuse_circle() returns trigger
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
create trigger circle before insert on registry.collection_chain
  for each row execute function registry.refuse_circle();

-- A sealed chain gives the same answer for ever, hence nothing in it may be open.
create function registry.refuse_open_children() returns trigger language plpgsql set search_path = pg_catalog as $$
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
create trigger open_children before update on registry.collection
  for each row when (old.sealed_at is null and new.sealed_at is not null) execute function registry.refuse_open_children();
