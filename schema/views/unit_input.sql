create view public.unit_input as
select i.unit_id, r.name as role, i.ordinal, i.dataset_uid as uid
from work.unit_input i join registry.role r using (role_id);
comment on view public.unit_input is 'What each unit reads, as it was planned; the dataset may not exist yet.';
comment on column public.unit_input.unit_id is 'Unit.';
comment on column public.unit_input.role is 'Name of the input in the task.';
comment on column public.unit_input.ordinal is 'Place among inputs of that name, from 0.';
comment on column public.unit_input.uid is 'Identity of the dataset, as in the view dataset.';
