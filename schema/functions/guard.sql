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
    'registry.software', 'registry.config', 'registry.task', 'registry.task_version', 'registry.role',
    'registry.dataset_type', 'registry.coordinate', 'registry.region', 'registry.quantum', 'registry.quantum_input',
    'registry.dataset', 'registry.origin', 'registry.action', 'registry.nondeterminism', 'registry.run', 'work.unit_input',
    'work.execution', 'quality.metric', 'quality.measurement'
  ] loop
    execute format('create trigger no_change before update or delete on %s for each row execute function registry.refuse_change()', name);
    execute format('create trigger no_truncate before truncate on %s execute function registry.refuse_change()', name);
  end loop;
  -- Of these one column tells what became of the row; the rest stays.
  for name, free in values ('registry.artifact', 'state'), ('registry.member', 'until'), ('registry.mark', 'revoked_at'),
                           ('quality.specification', 'until') loop
    execute format('create trigger no_change before update on %s for each row
                    when (to_jsonb(new) - %L is distinct from to_jsonb(old) - %L) execute function registry.refuse_change()', name, free, free);
  end loop;
  foreach name in array array['registry.artifact', 'registry.member', 'registry.mark', 'ingest.load', 'quality.specification'] loop
    execute format('create trigger no_delete before delete on %s for each row execute function registry.refuse_change()', name);
    execute format('create trigger no_truncate before truncate on %s execute function registry.refuse_change()', name);
  end loop;
end $$;

-- A sealed collection is what it was when it was sealed. Its row is locked, so that nothing enters while it is being sealed;
-- a worker may not lock it, hence security definer. The argument of the trigger is the column that names the collection.
create function registry.refuse_sealed() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
declare
  touched int[] := array[(to_jsonb(old) ->> tg_argv[0])::int, (to_jsonb(new) ->> tg_argv[0])::int];
  sealed text;
begin
  perform from registry.collection c where c.collection_id = any(touched) order by c.collection_id for share;
  select c.name into sealed from registry.collection c where c.collection_id = any(touched) and c.sealed_at is not null;
  if found then
    raise exception 'collection % is sealed: nothing enters, changes or leaves', sealed
      using errcode = 'P0A02', hint = 'Make a new collection.';
  end if;
  return coalesce(new, old);
end $$;
comment on function registry.refuse_sealed is 'Trigger: refuse changes of what a sealed collection holds.';
create trigger sealed before insert or update or delete on registry.member
  for each row execute function registry.refuse_sealed('collection_id');
create trigger sealed before insert or update or delete on registry.calibration_validity
  for each row execute function registry.refuse_sealed('collection_id');
create trigger sealed before insert or update or delete on registry.collection_chain
  for each row execute function registry.refuse_sealed('parent');
create trigger sealed before update or delete on registry.collection
  for each row when (old.sealed_at is not null) execute function registry.refuse_change();
create trigger no_truncate before truncate on registry.calibration_validity execute function registry.refuse_change();
create trigger no_truncate before truncate on registry.collection_chain execute function registry.refuse_change();
create trigger no_truncate before truncate on registry.collection execute function registry.refuse_change();

create function registry.refuse_unsuitable() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if (select c.kind from registry.collection c where c.collection_id = new.collection_id) <> 'calibration' then
    raise exception 'calibrations are certified into calibration collections only' using errcode = 'P0A03';
  end if;
  return new;
end $$;
comment on function registry.refuse_unsuitable is 'Trigger: refuse calibrations in other collections.';
create trigger calibration_only before insert or update on registry.calibration_validity
  for each row execute function registry.refuse_unsuitable();
