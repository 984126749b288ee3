-- campaign_specifications: How many values of each turn of a campaign keep their specification, and how many do not.
-- :param campaign text=null Campaign; all by default.
select t.campaign, t.turn, v.metric, v.specification, count(*) as n, count(*) filter (where v.ok) as n_kept,
       count(*) filter (where v.ok is not true) as n_broken
from campaign_turn t
join member c on c.collection = t.run
-- By offset 0 those of the members are looked up, not all.
cross join lateral (
  select x.metric, x.specification, x.ok from verdict x where x.dataset_id = c.dataset_id offset 0) v
where %(campaign)s::text is null or t.campaign = %(campaign)s
group by t.campaign, t.turn, v.metric, v.specification
order by t.campaign, v.metric, v.specification, t.turn
