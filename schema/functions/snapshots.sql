-- A role without rights sees of other sessions only that they are there: this tells everybody how old they are, and nothing else.
create function work.snapshots()
returns table (pid int, role text, application text, state text, since timestamptz, age_s float8, held_xids bigint)
language sql stable security definer set search_path = pg_catalog as $$
  select a.pid, a.usename::text, a.application_name, a.state, a.xact_start, extract(epoch from clock_timestamp() - a.xact_start)::float8,
         age(a.backend_xmin)::bigint
  from pg_stat_activity a
  where a.datname = current_database() and a.backend_xmin is not null and a.pid <> pg_backend_pid()
  order by age(a.backend_xmin) desc, a.pid
$$;
comment on function work.snapshots is 'Sessions with a snapshot, the oldest first.';
