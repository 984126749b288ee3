-- Every attempt is kept, but its long texts need not be kept for ever: both may be set to NULL, and nothing else changes.
-- This replaces the trigger that work.execution has as an append-only table.
create or replace trigger no_change before update on work.execution for each row
  when (to_jsonb(new) - '{log,traceback}'::text[] is distinct from to_jsonb(old) - '{log,traceback}'::text[]
        or num_nonnulls(new.log, new.traceback) > 0 or num_nonnulls(old.log, old.traceback) = 0)
  execute function registry.refuse_change();
create or replace trigger no_delete before delete on work.execution for each row execute function registry.refuse_change();

create function work.refuse_forgetting() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if exists (select from work.unit u where u.unit_id = old.unit_id and u.state = 'dead') then
    raise exception 'unit % is dead: what its attempts wrote is kept', old.unit_id
      using errcode = 'P0A01', hint = 'Retry it first.';
  end if;
  return new;
end $$;
comment on function work.refuse_forgetting is 'Trigger: keep what the attempts at a dead unit wrote.';
create trigger still_dead before update on work.execution for each row execute function work.refuse_forgetting();
