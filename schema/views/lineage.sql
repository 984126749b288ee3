create view public.lineage as
select d.dataset_id, i.dataset_id as input_dataset_id, r.name as role, i.ordinal
from registry.dataset d
join registry.quantum_input i on i.quantum_id = d.quantum_id
join registry.role r on r.role_id = i.role_id;
comment on view public.lineage is 'What each dataset was made from; one step, walk it recursively.';
comment on column public.lineage.dataset_id is 'Dataset that was made.';
comment on column public.lineage.input_dataset_id is 'Dataset that was read for it.';
comment on column public.lineage.role is 'Name of the input in the task.';
comment on column public.lineage.ordinal is 'Place among inputs of that name, from 0.';
