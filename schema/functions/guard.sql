-- Identity is append-only: neither a worker nor an owner in a hurry changes what a hash stands for.
create function registry.refuse_change() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  raise exception '%.% is append-only: % refused', tg_table_schema, tg_table_name, tg_op
    using errcode = 'P0A01', hint = 'Register a new row; mark the old one if it is wrong.';
end $$;

do $$
declare
  name text;
begin
  foreach name in array array[
    'registry.software', 'registry.config', 'registry.task', 'registry.task_version', 'registry.role',
    'registry.dataset_type', 'registry.coordinate', 'registry.region', 'registry.quantum', 'registry.quantum_input',
    'registry.dataset', 'registry.origin', 'registry.action', 'registry.nondeterminism', 'work.unit_input',
    'quality.metric', 'quality.measurement'
  ] loop
    execute format('create trigger no_change before update or delete on %s for each row execute function registry.refuse_change()', name);
    execute format('create trigger no_truncate before truncate on %s execute function registry.refuse_change()', name);
  end loop;
  foreach name in array array['registry.artifact', 'registry.member', 'registry.mark', 'work.execution', 'ingest.load'] loop
    execute format('create trigger no_delete before delete on %s for each row execute function registry.refuse_change()', name);
    execute format('create trigger no_truncate before truncate on %s execute function registry.refuse_change()', name);
  end loop;
end $$;

-- A sealed collection is what it was when it was sealed; a run can be read by a member's end time only.
create function registry.refuse_sealed() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if exists (select from registry.collection c where c.collection_id = new.collection_id and c.sealed_at is not null) then
    raise exception 'collection % is sealed: no member enters or leaves',
      (select c.name from registry.collection c where c.collection_id = new.collection_id)
      using errcode = 'P0A02', hint = 'Make a new collection.';
  end if;
  return new;
end $$;
create trigger sealed before insert or update on registry.member for each row execute function registry.refuse_sealed();
create trigger sealed before insert or update on registry.calibration_validity for each row execute function registry.refuse_sealed();

create function registry.refuse_unsuitable() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if (select c.kind from registry.collection c where c.collection_id = new.collection_id) <> 'calibration' then
    raise exception 'calibrations are certified into calibration collections only' using errcode = 'P0A03';
  end if;
  return new;
end $$;
create trigger calibration_only before insert or update on registry.calibration_validity
  for each row execute function registry.refuse_unsuitable();
