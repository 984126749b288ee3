-- metrics: Every metric, how often it was measured, and how often it breaks a specification, by the latest processing.
-- :param metric text=null Metric; all by default.
with found as materialized (
  select metric, value, dataset_id
  from measurement
  where %(metric)s::text is null or metric = %(metric)s
), measured as (
  -- Datasets are few beside their values. Those of one metric stand with its values, once each.
  select dataset_id, instrument, band, exposure, detector, dataset_type
  from measurement
  where metric = %(metric)s
  union all
  select dataset_id, instrument, band, exposure, detector, dataset_type
  from dataset
  where %(metric)s::text is null and dataset_id in (select dataset_id from found)
), place as materialized (
  -- Datasets of one type on one image are processings of it, told by the first. What has no exposure is never an earlier
  -- processing of something else.
  select dataset_id, instrument, band, min(dataset_id) over image as first_id, count(*) over image as n
  from measured
  window image as (partition by instrument, coalesce(exposure, -dataset_id), detector, dataset_type)
), latest as materialized (
  -- Most are processed once: only the values of the others are put in order, to find the last of each.
  select f.metric, f.value, p.instrument, p.band
  from found f join place p using (dataset_id)
  where p.n = 1
  union all
  (select distinct on (p.first_id, f.metric collate "C") f.metric, f.value, p.instrument, p.band
   from found f join place p using (dataset_id)
   where p.n > 1
   order by p.first_id, f.metric collate "C", f.dataset_id desc)
), counted as (
  select metric, instrument, band, count(*) filter (where value <> 'NaN') as n_values, count(*) filter (where value = 'NaN') as n_unknown
  from latest
  group by 1, 2, 3
), judged as (
  select s.metric, s.specification,
         count(*) filter (where l.value <> 'NaN' and not case s.operator
           when '<=' then l.value <= s.threshold when '<' then l.value < s.threshold
           when '>=' then l.value >= s.threshold else l.value > s.threshold end) as n_red
  from specification s
  join latest l on l.metric = s.metric and (s.instrument is null or s.instrument = l.instrument) and (s.band is null or s.band = l.band)
  group by 1, 2
)
select c.metric, m.unit, m.description, sum(c.n_values)::int8 as n_values, sum(c.n_unknown)::int8 as n_unknown,
       coalesce(j.n_specifications, 0) as n_specifications, coalesce(j.n_red, 0) as n_red,
       array_agg(distinct c.instrument) filter (where c.instrument is not null) as instruments,
       array_agg(distinct c.band) filter (where c.band is not null) as bands
from counted c
join metric m using (metric)
left join (select metric, count(*) as n_specifications, sum(n_red)::int8 as n_red from judged group by 1) j using (metric)
group by c.metric, m.unit, m.description, j.n_specifications, j.n_red
order by coalesce(j.n_red, 0) desc, c.metric
