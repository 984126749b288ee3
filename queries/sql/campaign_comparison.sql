-- campaign_comparison: The comparison of a turn of a campaign with the one before, as it was kept; no row where there is none.
-- :param campaign text Campaign.
-- :param turn int Number of the turn, from 1.
select t.campaign, t.turn, t.run, t.compared_with, t.reported_at, t.comparison
from campaign_turn t
where t.campaign = %(campaign)s::text and t.turn = %(turn)s::int4 and t.comparison is not null
