-- metrics: Every metric, how often it was measured, and how often it breaks a specification.
-- :param metric text=null Metric; all by default.
with judged as (
  select v.metric, count(*) filter (where not v.ok) as n_red, count(distinct v.specification) as n_specifications
  from verdict v
  where %(metric)s::text is null or v.metric = %(metric)s
  group by v.metric
)
select m.metric, m.unit, m.description, count(*) filter (where m.value <> 'NaN') as n_values,
       count(*) filter (where m.value = 'NaN') as n_unknown, coalesce(j.n_specifications, 0) as n_specifications,
       coalesce(j.n_red, 0) as n_red,
       array_agg(distinct m.instrument) filter (where m.instrument is not null) as instruments,
       array_agg(distinct m.band) filter (where m.band is not null) as bands
from measurement m left join judged j using (metric)
where %(metric)s is null or m.metric = %(metric)s
group by m.metric, m.unit, m.description, j.n_specifications, j.n_red
order by coalesce(j.n_red, 0) desc, m.metric
