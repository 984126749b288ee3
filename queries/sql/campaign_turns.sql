-- campaign_turns: Turns of a campaign: what was to be done, estimate and cost, and the verdict.
-- :param campaign text=null Campaign; all by default.
select t.campaign, t.turn, t.version, t.run, t.due_at, t.n_to_run, t.n_reused, t.n_excluded, t.n_failed, t.n_going,
       t.estimated_cpu_s, t.cpu_s, t.wall_s, t.estimated_bytes, t.n_bytes, t.verdict, t.by_rule, t.reason,
       t.compared_with, cardinality(t.refused) as n_refused
from campaign_turn t
where %(campaign)s::text is null or t.campaign = %(campaign)s
order by t.campaign, t.turn
