-- dataset_file: The file that holds a dataset, below the root of the store.
-- :param dataset int Dataset, as in dataset.dataset_id.
select d.dataset_id, d.dataset_type, d.path, d.part, d.file_name
from dataset d
where d.dataset_id = %(dataset)s::int8
