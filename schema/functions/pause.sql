-- The operator holds a run: nothing of it is claimed until he lets it go on. What workers have is finished and committed.
-- Its units stay in the queue, at a time that never comes. Claims in flight are waited for; what comes back into the
-- queue later goes through work.wake, which needs the resolver's row that is held here.
create function work.pause(p_run int) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  n int;
begin
  perform from work.resolver for update;
  update work.share set paused = true where run_id = p_run;
  update work.ready r set not_before = 'infinity' from work.unit u
  where u.unit_id = r.unit_id and u.run_id = p_run and r.not_before = '-infinity';
  get diagnostics n = row_count;
  return n;
end $$;
comment on function work.pause is 'Let no unit of a run be claimed; give how many were ready.';

-- The others went on meanwhile: with its old tags it would have all workers until it came as far.
create function work.unpause(p_run int) returns int
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform from work.resolver for update;
  update work.share set paused = false where run_id = p_run and paused;
  if not found then
    return 0;
  end if;
  return work.retag(p_run);
end $$;
comment on function work.unpause is 'Let a paused run go on; give how many of its units are in the queue.';

create function work.weigh(p_run int, p_weight float8) returns int
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform from work.resolver for update;
  update work.share set weight = p_weight where run_id = p_run and weight <> p_weight;
  if not found then
    return 0;
  end if;
  return work.retag(p_run);
end $$;
comment on function work.weigh is 'Give a run another weight; give how many units that wait in the queue are in line anew.';
