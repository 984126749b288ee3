-- origin: The files from outside that datasets were read from.
-- export
select d.uid, o.file_name, o.part, o.correction from registry.origin o join registry.dataset d using (dataset_id)
where o.dataset_id = any(%(datasets)s) order by 1
-- columns
uid uuid, file_name text, part text, correction jsonb
-- take
insert into registry.origin (dataset_id, file_name, part, correction)
select d.dataset_id, x.file_name, x.part, nullif(x.correction, 'null') from x join registry.dataset d using (uid)
order by 1 on conflict do nothing
