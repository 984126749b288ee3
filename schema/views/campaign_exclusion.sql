create view public.campaign_exclusion as
select c.name as campaign, t.turn, x.dataset_id
from registry.campaign_exclusion x
join registry.campaign_run t using (campaign_run_id)
join registry.campaign c using (campaign_id);
comment on view public.campaign_exclusion is 'Datasets that turns of campaigns left out of what they started from.';
comment on column public.campaign_exclusion.campaign is 'Name of the campaign.';
comment on column public.campaign_exclusion.turn is 'Number of the turn.';
comment on column public.campaign_exclusion.dataset_id is 'Dataset that was left out.';
