-- campaign_metrics: Medians of the metrics of each turn of a campaign.
-- :param campaign text=null Campaign; all by default.
select t.campaign, t.turn, m.metric, m.unit, count(*) filter (where m.value <> 'NaN') as n,
       percentile_cont(0.5) within group (order by m.value) filter (where m.value <> 'NaN') as median
from campaign_turn t
join member c on c.collection = t.run
-- By offset 0 those of the members are looked up, not all.
cross join lateral (
  select x.metric, x.unit, x.value from measurement x where x.dataset_id = c.dataset_id offset 0) m
where %(campaign)s::text is null or t.campaign = %(campaign)s
group by t.campaign, t.turn, m.metric, m.unit
order by t.campaign, m.metric, t.turn
