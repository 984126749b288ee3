-- dataset_measurements: Values of metrics on a dataset, and whether they keep the specifications in force.
-- :param dataset int Dataset, as in dataset.dataset_id.
select m.metric, m.value, m.unit,
       case when v.specification is null then 'none' when v.ok then 'kept' when not v.ok then 'broken'
         else 'unknown' end as verdict,
       v.specification, v.operator, v.threshold, m.description
from measurement m
left join verdict v on v.dataset_id = m.dataset_id and v.metric = m.metric
where m.dataset_id = %(dataset)s::int8
-- What is red comes first.
order by v.ok is distinct from false, m.metric, v.specification
