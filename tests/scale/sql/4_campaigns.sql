-- Reprocessings by turns: some of the runs, evenly apart, the last ones of a campaign the newest.
insert into registry.campaign (campaign_id, name) overriding system value
select c, 'campaign' || c from generate_series(1, %(campaigns)s) c;

insert into registry.campaign_version (campaign_id, version, digest, definition, cadence)
select campaign_id, 1, sha256(convert_to(name, 'UTF8')),
       jsonb_build_object('name', name, 'description', 'Made up.', 'pipeline', 'scale', 'overrides', '{}'::jsonb, 'inputs', '[]'::jsonb,
                          'where', null, 'exclude', null, 'every', '7 days'),
       interval '7 days'
from registry.campaign;

insert into registry.campaign_run
  (campaign_run_id, campaign_id, version, turn, run_id, due_at, pipeline, code, n_to_run, n_reused, n_excluded, refused)
overriding system value
select r, 1 + mod(k, %(campaigns)s), 1, row_number() over (partition by mod(k, %(campaigns)s) order by r), r,
       timestamptz '2025-01-06 12:00Z' + r * interval '7 days',
       jsonb_build_object('name', 'scale', 'tasks', (select jsonb_object_agg(name, '{}'::jsonb) from unnest(%(tasks)s::text[]) name)), '{}',
       (select count(*) from work.unit u where u.run_id = r), 0, 5, '["1 images of NoCam are left out: pipeline scale is not set up for that camera"]'
from (select k, %(runs)s - 2 - k * %(stride)s as r from generate_series(0, %(campaigns)s * %(turns)s - 1) k) x
where r > 0;

insert into registry.campaign_exclusion (campaign_run_id, dataset_id)
select campaign_run_id, %(shared)s + i from registry.campaign_run cross join generate_series(1, 5) i;

insert into registry.campaign_report (campaign_run_id, previous, comparison)
select t.campaign_run_id, b.campaign_run_id, case when b.run_id is not null then jsonb_build_object(
    'format', 1, 'same', false, 'radius', 0.5, 'rows', null, 'names', '{}'::jsonb,
    'a', jsonb_build_object('name', 'run' || b.run_id, 'at', null, 'searched', jsonb_build_array(b.run_id)),
    'b', jsonb_build_object('name', 'run' || t.run_id, 'at', null, 'searched', jsonb_build_array(t.run_id)),
    'datasets', '[]'::jsonb, 'causes', '[]'::jsonb, 'metrics', '[]'::jsonb, 'specifications', '[]'::jsonb) end
from registry.campaign_run t
left join registry.campaign_run b on b.campaign_id = t.campaign_id and b.turn = t.turn - 1;

insert into registry.campaign_verdict (campaign_run_id, verdict, by_rule, reason)
select t.campaign_run_id, case when n > 0 then 'failed' else 'same' end, true, n || ' units are dead or blocked'
from registry.campaign_run t
cross join lateral (
  select count(*) filter (where state in ('dead', 'blocked')) as n from work.unit u where u.run_id = t.run_id) x;
