-- dataset_facts: What a dataset is: data ID, file, and the task, code, configuration and attempt that made it.
-- :param dataset int Dataset, as in dataset.dataset_id.
select d.*, e.run, e.attempt, e.host, e.wall_s, e.unit_id,
       array(select m.collection from member m where m.dataset_id = d.dataset_id order by m.collection) as collections
from (select * from dataset where dataset_id = %(dataset)s::int8) d
left join execution e on e.execution_id = d.execution_id
