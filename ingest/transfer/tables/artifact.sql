-- artifact: Where the bytes lie. A file that was missing here has come now.
-- export
select a.content_digest, a.path, a.part, a.file_digest, a.n_bytes from registry.artifact a
where a.state = 'present' and a.content_digest in (
  select d.content_digest from registry.dataset d where d.dataset_id = any(%(datasets)s)) order by 2, 3, 1
-- columns
content_digest bytea, path text, part text, file_digest bytea, n_bytes int8
-- take
insert into registry.artifact as a (content_digest, path, part, file_digest, n_bytes)
select x.content_digest, x.path, x.part, x.file_digest, x.n_bytes from x order by 2, 3, 1
on conflict (path, part, content_digest) do update set state = 'present'
where a.state in ('missing', 'deleted')
