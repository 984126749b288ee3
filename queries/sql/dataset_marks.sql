-- dataset_marks: Marks that hold for a dataset or for anything that it was made from, the nearest first.
-- :param dataset int Dataset, as in dataset.dataset_id.
select w.depth as steps, m.verdict, m.reason,
       case when m.dataset_id is not null then 'dataset' when m.task is not null then 'code' else 'configuration' end as marked,
       m.author, m.created_at, d.dataset_id, d.dataset_type, d.task
from registry.upstream(array[%(dataset)s]::bigint[]) w
cross join lateral (select * from dataset where dataset_id = w.dataset_id offset 0) d
join mark m on m.dataset_id = d.dataset_id or m.task = d.task and m.code_digest = d.code_digest
            or m.config_digest = d.config_digest
where m.revoked_at is null
order by 1, m.created_at, m.mark_id
