create view public.campaign_verdict as
select c.name as campaign, t.turn, v.verdict, v.by_rule, v.reason, v.author, v.created_at
from registry.campaign_verdict v
join registry.campaign_run t using (campaign_run_id)
join registry.campaign c using (campaign_id);
comment on view public.campaign_verdict is 'Every verdict on turns of campaigns, of the rules and of people.';
comment on column public.campaign_verdict.campaign is 'Name of the campaign.';
comment on column public.campaign_verdict.turn is 'Number of the turn.';
comment on column public.campaign_verdict.verdict is 'better, same, worse or failed.';
comment on column public.campaign_verdict.by_rule is 'Whether the rules said it, and not a person.';
comment on column public.campaign_verdict.reason is 'Why.';
comment on column public.campaign_verdict.author is 'Database user who judged.';
comment on column public.campaign_verdict.created_at is 'When it was said (UTC).';
