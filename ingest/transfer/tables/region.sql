-- region: Footprints.
-- export
select d.uid, c.digest as coordinate, r.ranges::text from registry.region r
join registry.dataset d using (dataset_id) join registry.coordinate c on c.coordinate_id = r.coordinate_id
where r.dataset_id = any(%(datasets)s) order by 1
-- columns
uid uuid, coordinate bytea, ranges int8multirange
-- take
insert into registry.region (dataset_id, coordinate_id, ranges)
select d.dataset_id, c.coordinate_id, x.ranges from x join registry.dataset d using (uid)
join registry.coordinate c on c.digest = x.coordinate order by 1 on conflict do nothing
