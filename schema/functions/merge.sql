-- Small loads become one: a load of all their datasets is staged from Parquet, and takes their place in one transaction.
create function ingest.open_merge(p_loads bigint[], p_definition bytea) returns bigint
language plpgsql security definer set search_path = pg_catalog as $$
declare
  mergeable int;
  targets text[];
  manifest bytea;
  merged bigint;
begin
  perform from ingest.load l where l.load_id = any(p_loads) order by l.load_id for update;
  select count(*), array_agg(distinct l.target) into mergeable, targets
  from ingest.load l where l.load_id = any(p_loads) and l.state = 'published';
  if mergeable < 2 or mergeable is distinct from cardinality(p_loads) or cardinality(targets) <> 1 then
    raise exception 'loads % cannot be merged: it takes two or more published ones of one table', p_loads using errcode = 'P0I09';
  end if;
  select sha256(convert_to(targets[1] || ':' || string_agg(d.uid::text, ',' order by d.uid), 'UTF8')) into manifest
  from ingest.load_file f join registry.dataset d using (dataset_id) where f.load_id = any(p_loads);
  -- Who opens the same merge again finds it; whoever stages last has it.
  insert into ingest.load as l (target, run_id, manifest_digest, definition_digest)
  select o.target, o.run_id, manifest, p_definition from ingest.load o where o.load_id = any(p_loads) order by o.load_id desc limit 1
  on conflict (target, manifest_digest) where l.state <> 'retired'
  do update set definition_digest = excluded.definition_digest where l.state = 'open' returning l.load_id into merged;
  update ingest.load set merged_into = merged where load_id = any(p_loads);
  -- A dataset is live in one load of a table: until the merged one is published, in those that it replaces.
  insert into ingest.load_file (load_id, dataset_id, target, n_rows, live)
  select merged, f.dataset_id, f.target, f.n_rows, false from ingest.load_file f where f.load_id = any(p_loads) order by f.dataset_id
  on conflict (load_id, dataset_id) do nothing;
  return merged;
end $$;
comment on function ingest.open_merge is 'Open the load that is to take the place of others.';

-- Called by publish, which attaches the merged load in the same transaction. A reader who looks meanwhile waits for its commit
-- and finds each row once. DETACH CONCURRENTLY would not make readers wait, but it commits by itself: for a while every row
-- would be in both loads, or in none. So the partitions go under the one lock that keeps readers out, for about a millisecond
-- each. What needs no such lock is done before (the notes) or in transactions after it (the DROP, which takes four times as
-- long). The lock is waited for briefly, because readers queue behind whoever waits for it.
create function ingest.replace_merged(p_load bigint, p_target text) returns void
language plpgsql set search_path = pg_catalog as $$
declare
  part text;
  parts text[];
begin
  if not exists (select from ingest.load l where l.merged_into = p_load and l.state = 'published') then
    return;
  end if;
  select array_agg(format('catalog_part.%I', l.staged) order by l.load_id) into parts
  from ingest.load l join pg_class c on c.relname = l.staged and c.relnamespace = 'catalog_part'::regnamespace
  join pg_inherits i on i.inhrelid = c.oid
  where l.merged_into = p_load and l.state = 'published';
  update ingest.load_file f set live = false from ingest.load l
  where l.load_id = f.load_id and l.merged_into = p_load and l.state = 'published' and f.live;
  update ingest.load_file set live = true where load_id = p_load;
  update ingest.load set state = 'retiring' where merged_into = p_load and state = 'published';
  -- Autovacuum is waited for, or sent away, while readers still read.
  foreach part in array coalesce(parts, '{}') loop
    execute format('lock table %s in share update exclusive mode', part);
  end loop;
  perform set_config('lock_timeout', '300ms', true);
  execute format('lock table only catalog.%I in access exclusive mode', p_target);
  foreach part in array coalesce(parts, '{}') loop
    execute format('alter table catalog.%I detach partition %s', p_target, part);
  end loop;
end $$;
comment on function ingest.replace_merged is 'Take the loads that a load merges out of their table.';

create function ingest.drop_leftovers() returns int
language plpgsql set search_path = pg_catalog as $$
declare
  l record;
  n int := 0;
begin
  for l in select o.load_id, o.staged from ingest.load o
           join pg_class c on c.relname = o.staged and c.relnamespace = 'catalog_part'::regnamespace
           where o.state = 'open' order by o.load_id for update of o skip locked
  loop
    if not ingest.holds_its_files(l.load_id) then
      execute format('drop table catalog_part.%I', l.staged);
      n := n + 1;
    end if;
  end loop;
  return n;
end $$;
comment on function ingest.drop_leftovers is 'Drop what was staged for loads that were given up.';
