-- A load leaves its table in three steps: begin, detach (by the client: it cannot be in a transaction), end. Killed anywhere, a
-- repeat ends the same. Its files stay, and may be loaded again. What a merge replaced was detached by it, and ends here, too.
create function ingest.begin_retire(p_load bigint) returns table (target text, staged text, state text)
language plpgsql set search_path = pg_catalog as $$
declare
  l ingest.load;
begin
  select * into l from ingest.load where load_id = p_load for update;
  if l.state is null or l.state = 'open' then
    raise exception 'load % is %: only what is published can be retired', p_load, coalesce(l.state, 'unknown') using errcode = 'P0I08';
  end if;
  if l.state = 'published' then
    -- A merge of it that was opened is given up with this.
    update ingest.load set state = 'retiring', merged_into = null where load_id = p_load returning * into l;
  end if;
  return query select l.target, l.staged, l.state;
end $$;
comment on function ingest.begin_retire is 'Say that a published load is to leave its table; queries no longer look for it.';

create function ingest.end_retire(p_load bigint) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
  l ingest.load;
begin
  select * into l from ingest.load where load_id = p_load for update;
  if l.state = 'retired' then
    return;
  end if;
  if l.state is distinct from 'retiring' or exists (
    select from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where c.relnamespace = 'catalog_part'::regnamespace and c.relname = l.staged) then
    raise exception 'load % is % and in its table: begin and detach come first', p_load, coalesce(l.state, 'unknown') using errcode = 'P0I08';
  end if;
  execute format('drop table if exists catalog_part.%I', l.staged);
  update ingest.load_file set live = false where load_id = p_load;
  update ingest.load set state = 'retired', retired_at = clock_timestamp() where load_id = p_load;
end $$;
comment on function ingest.end_retire is 'Drop the partition of a load that was detached; its datasets may be loaded again.';
