-- specifications: What the values of metrics must be.
-- :param metric text=null Metric; all by default.
select s.metric, s.specification, s.operator, s.threshold, concat_ws(' ', s.operator, s.threshold, s.unit) as must_be, s.unit, s.instrument, s.band, s.description, s.since
from specification s
where %(metric)s::text is null or s.metric = %(metric)s
order by s.metric, s.specification, s.instrument nulls first, s.band nulls first
