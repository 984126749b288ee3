create view public.campaign as
select c.name as campaign, v.version, v.definition ->> 'description' as description, v.definition ->> 'pipeline' as pipeline,
       v.definition -> 'overrides' as overrides, v.definition -> 'inputs' as inputs, v.definition ->> 'where' as condition,
       v.definition ->> 'exclude' as exclusion, v.definition ->> 'every' as every, v.cadence,
       v.author, v.created_at, t.turn as last_turn, t.due_at as last_due_at, t.due_at + v.cadence as next_due_at
from registry.campaign c
join registry.campaign_version v using (campaign_id)
left join lateral (
  select r.turn, r.due_at from registry.campaign_run r where r.campaign_id = c.campaign_id order by r.turn desc limit 1
) t on true
where v.version = (select max(x.version) from registry.campaign_version x where x.campaign_id = c.campaign_id);
comment on view public.campaign is 'Campaigns as they are now, with the turn that was last.';
comment on column public.campaign.campaign is 'Name of the campaign.';
comment on column public.campaign.version is 'Version that is in force.';
comment on column public.campaign.description is 'What it is for.';
comment on column public.campaign.pipeline is 'Pipeline: shipped, or the path of a file.';
comment on column public.campaign.overrides is 'Parameters that differ from the pipeline''s.';
comment on column public.campaign.inputs is 'Collections that inputs are taken from; empty for what the pipeline takes by itself.';
comment on column public.campaign.condition is 'Condition on the view dataset for the data IDs to start from; NULL for all.';
comment on column public.campaign.exclusion is 'SELECT of what is left out; NULL for nothing.';
comment on column public.campaign.every is 'Time from one turn to the next, as it was written; NULL where turns are made by hand only.';
comment on column public.campaign.cadence is 'The same as an interval.';
comment on column public.campaign.author is 'Database user who made the version.';
comment on column public.campaign.created_at is 'When the version came into force (UTC).';
comment on column public.campaign.last_turn is 'Number of the last turn; NULL before the first.';
comment on column public.campaign.last_due_at is 'When the last turn was due (UTC).';
comment on column public.campaign.next_due_at is 'When the next turn is due (UTC); NULL before the first, and without a cadence.';
