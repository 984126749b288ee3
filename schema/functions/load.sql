-- Parquet files become a partition in four steps: open, stage (COPY), verify, publish. Killed anywhere, a replay ends the same.

-- Cones look at many footprints: unpacking them took half of that time.
alter table ingest.load alter column footprint set storage external;

create function ingest.staged_name(p_target text, p_load bigint, p_token bigint) returns text
language sql immutable set search_path = pg_catalog as $$
  select format('%s_l%s_t%s', p_target, p_load, p_token)
$$;
comment on function ingest.staged_name is 'Name of the table that the holder of a token stages a load in: a late stager can never touch another one''s.';

create function ingest.caller() returns text
language sql stable set search_path = pg_catalog as $$
  select case when current_setting('role') = 'none' then session_user::text else current_setting('role') end
$$;
comment on function ingest.caller is 'Role that called, also within a function that runs as its owner.';

-- A load that was opened and left holds its datasets until somebody else opens them; from then on it is refused.
create function ingest.take_over(p_load bigint, p_target text, p_datasets bigint[]) returns void
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
create function ingest.holds_its_files(p_load bigint) returns boolean
language sql stable set search_path = pg_catalog as $$
  select not exists (
    select from ingest.load_file f
    where f.load_id = p_load and not f.live and not exists (
      select from ingest.load_file o join ingest.load l using (load_id)
      where o.target = f.target and o.dataset_id = f.dataset_id and o.live and l.state = 'published' and l.merged_into = p_load))
$$;
comment on function ingest.holds_its_files is 'Whether no other load took datasets of this one.';

create function ingest.open_load(p_target text, p_run int, p_datasets bigint[], p_definition bytea)
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

create function ingest.stage(p_load bigint, p_token bigint) returns text
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

create function ingest.verify(p_load bigint, p_token bigint) returns bigint
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

create function ingest.note_files(p_load bigint, p_token bigint, p_datasets bigint[], p_statistics jsonb[]) returns void
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
create function ingest.take_a_place(p_target text) returns void
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
create function ingest.publish(p_load bigint, p_token bigint) returns bigint
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
