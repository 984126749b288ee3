create view public.campaign_turn as
select c.name as campaign, t.turn, t.version, n.name as run, t.due_at, t.created_at, t.author, t.n_to_run, t.n_reused,
       t.n_excluded, t.estimated_cpu_s, t.estimated_bytes, w.cpu_s, w.wall_s, b.n_bytes, u.n_failed, u.n_going,
       p.created_at as reported_at, before.turn as compared_with, p.comparison, j.verdict, j.by_rule, j.reason, t.pipeline, t.code,
       array(select x.sentence from jsonb_array_elements_text(t.refused) with ordinality as x (sentence, place)
             order by x.place) as refused
from registry.campaign_run t
join registry.campaign c using (campaign_id)
join registry.collection n on n.collection_id = t.run_id
left join registry.campaign_report p using (campaign_run_id)
left join registry.campaign_run before on before.campaign_run_id = p.previous
-- By offset 0 each run costs looks into indexes, as many as it has units: else all of all runs is read and compared.
left join lateral (
  select sum(e.cpu_s) as cpu_s, extract(epoch from max(e.ended_at) - min(e.started_at))::float8 as wall_s
  from work.unit x
  cross join lateral (
    select y.cpu_s, y.started_at, y.ended_at from work.execution y where y.unit_id = x.unit_id offset 0) e
  where x.run_id = t.run_id
) w on true
left join lateral (
  select count(*) filter (where x.state in ('dead', 'blocked', 'cancelled')) as n_failed,
         count(*) filter (where x.state in ('waiting', 'ready')) as n_going
  from work.unit x where x.run_id = t.run_id
) u on true
left join lateral (
  -- Files, not datasets: equal content shares them.
  select sum(f.n_bytes)::int8 as n_bytes
  from (select distinct a.artifact_id, a.n_bytes
        from registry.member m
        cross join lateral (
          select y.content_digest from registry.dataset y where y.dataset_id = m.dataset_id offset 0) d
        join registry.artifact a on a.content_digest = d.content_digest and a.state = 'present'
        where m.collection_id = t.run_id and m.until = 'infinity' and m.how = 'computed') f
) b on true
left join lateral (
  select v.verdict, v.by_rule, v.reason from registry.campaign_verdict v
  where v.campaign_run_id = t.campaign_run_id order by v.by_rule, v.campaign_verdict_id desc limit 1
) j on true;
comment on view public.campaign_turn is 'Turns of campaigns: what they were to cost, what they cost, and how they turned out.';
comment on column public.campaign_turn.campaign is 'Name of the campaign.';
comment on column public.campaign_turn.turn is 'Number of the turn, from 1.';
comment on column public.campaign_turn.version is 'Version of the campaign that it follows.';
comment on column public.campaign_turn.run is 'Run that does it.';
comment on column public.campaign_turn.due_at is 'When it was due (UTC).';
comment on column public.campaign_turn.created_at is 'When it was planned (UTC).';
comment on column public.campaign_turn.author is 'Database user who began it.';
comment on column public.campaign_turn.n_to_run is 'Quanta that the plan had to compute.';
comment on column public.campaign_turn.n_reused is 'Quanta whose results were there already.';
comment on column public.campaign_turn.n_excluded is 'Datasets that the exclusion left out.';
comment on column public.campaign_turn.estimated_cpu_s is 'CPU time that the plan foresaw [s]; NULL where nothing like it had run.';
comment on column public.campaign_turn.estimated_bytes is 'Size of the files that the plan foresaw [byte]; NULL where nothing like it had run.';
comment on column public.campaign_turn.cpu_s is 'CPU time of all attempts [s]; NULL before the first.';
comment on column public.campaign_turn.wall_s is 'From the begin of the first attempt to the end of the last [s].';
comment on column public.campaign_turn.n_bytes is 'Size of the files of what it computed [byte].';
comment on column public.campaign_turn.n_failed is 'Units that are dead, blocked or cancelled.';
comment on column public.campaign_turn.n_going is 'Units that have not ended.';
comment on column public.campaign_turn.reported_at is 'When it was compared and judged (UTC); NULL while it goes on.';
comment on column public.campaign_turn.compared_with is 'Turn that it was compared with; NULL for the first.';
comment on column public.campaign_turn.comparison is 'What `skyledger compare` said of the two runs.';
comment on column public.campaign_turn.verdict is 'better, same, worse or failed; that of a person counts before that of the rules.';
comment on column public.campaign_turn.by_rule is 'Whether the rules said it, and not a person.';
comment on column public.campaign_turn.reason is 'Why.';
comment on column public.campaign_turn.pipeline is 'The pipeline as it was, overrides included.';
comment on column public.campaign_turn.code is 'Commit, compatibility class, and code digest of each task.';
comment on column public.campaign_turn.refused is 'What the plan left out because it cannot be used: a sentence for each reason.';
