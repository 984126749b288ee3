-- visit_units: Work on one visit, the latest run first: what each unit came to, and the last that it said.
-- :param instrument text Instrument.
-- :param visit int Visit.
-- :param run text=null Run whose units are meant; every run by default.
select u.unit_id, u.run, u.task, u.detector, u.state, u.attempt, e.ended_at,
       coalesce(e.error, nullif(regexp_replace(rtrim(g.log, E'\n'), '^.*\n', ''), '')) as last_said
from exposure x
-- `offset 0`: an exposure has few units, found by the index on its coordinates.
cross join lateral (select * from work_unit where instrument = x.instrument and exposure = x.exposure offset 0) u
left join lateral (
  select a.execution_id, a.ended_at, a.error from execution a where a.unit_id = u.unit_id
  order by a.execution_id desc limit 1
) e on true
left join execution_log g using (execution_id)
where x.instrument = %(instrument)s::text and x.visit = %(visit)s::int8 and (%(run)s::text is null or u.run = %(run)s)
order by u.run_id desc, u.detector, u.unit_id
