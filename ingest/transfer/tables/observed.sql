-- observed: What was observed in the visits, as headers said it. Where a visit is described already, that stays.
-- export
select d.uid, to_jsonb(v) - 'dataset_id' as said
from catalog.visit v
cross join lateral (
  -- It was read from one file of the visit, which need not be among those of the run.
  select d.uid from registry.exposure e
  join registry.coordinate c on c.instrument = e.instrument and c.exposure = e.exposure
  join registry.dataset d on d.coordinate_id = c.coordinate_id
  where e.instrument = v.instrument and e.visit = v.visit and c.coordinate_id = any(%(coordinates)s)
    and d.dataset_id = any(%(datasets)s) and d.quantum_id is null
  order by d.dataset_id = v.dataset_id desc, d.uid limit 1) d
where (v.instrument, v.visit) in (
  select e.instrument, e.visit from registry.exposure e join registry.coordinate c using (instrument, exposure)
  where c.coordinate_id = any(%(coordinates)s)) order by v.instrument, v.visit
-- columns
uid uuid, said jsonb
-- take
insert into catalog.visit
select v.* from x join registry.dataset d using (uid)
cross join lateral jsonb_populate_record(null::catalog.visit, x.said || jsonb_build_object('dataset_id', d.dataset_id)) v
order by v.instrument, v.visit on conflict do nothing
