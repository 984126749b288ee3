-- campaigns: Campaigns, what they do, when they are due, and how their last turn turned out.
select c.campaign, c.description, c.pipeline, c.every, c.last_turn, t.verdict, t.reason, t.n_going, c.next_due_at
from campaign c
left join lateral (
  select x.verdict, x.reason, x.n_going from campaign_turn x where x.campaign = c.campaign and x.turn = c.last_turn
) t on true
order by c.campaign
