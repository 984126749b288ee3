-- nondeterminism: Outputs that came out differently when the same recipe ran again on equal content, the latest first.
-- :param task text=null Task; every task by default.
-- :param n int=100 How many.
select created_at, task, instrument, visit, exposure, detector, output_name, dataset_id, salt, expected, got, execution_id, host
from nondeterminism
where %(task)s::text is null or task = %(task)s
order by nondeterminism_id desc
limit %(n)s::int8
