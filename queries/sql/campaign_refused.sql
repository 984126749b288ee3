-- campaign_refused: What the plans of a campaign left out because it cannot be used, a sentence for each reason.
-- :param campaign text=null Campaign; all by default.
select t.campaign, t.turn, t.run, x.sentence
from campaign_turn t
cross join lateral unnest(t.refused) with ordinality as x (sentence, place)
where %(campaign)s::text is null or t.campaign = %(campaign)s
order by t.campaign, t.turn desc, x.place
