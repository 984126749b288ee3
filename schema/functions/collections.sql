-- A chain in the order in which it is searched: depth first, each collection once, where it comes first. The arrays of
-- positions on the way down sort as the search goes.
create function registry.flatten(p_collections int[], p_at timestamptz default 'infinity')
returns table (collection_id int, place bigint)
language sql stable security definer set search_path = pg_catalog as $$
  with recursive down (collection_id, path) as (
    select x.collection_id, array[x.place] from unnest(p_collections) with ordinality x (collection_id, place)
    union all
    select n.child, d.path || n.position::bigint
    from down d join registry.collection_chain n on n.parent = d.collection_id
    where n.until = 'infinity' and p_at = 'infinity' or n.since <= p_at and p_at < n.until
    -- Chains of today have no circles, and those of a moment between two changes may have had one.
  ) cycle collection_id set looped using trail, once as (
    select d.collection_id, min(d.path) as path from down d
    join registry.collection c using (collection_id) where c.kind <> 'chained' group by 1
  )
  select o.collection_id, row_number() over (order by o.path) from once o
$$;
comment on function registry.flatten is 'The collections that are searched for these, in order; chains are followed, as they were at a time.';

-- Two looks into indexes of members for each coordinate and collection, whatever the size of the collections: what is
-- there, and, for a time that is over, what has left since. A calibration has no place here: which one counts depends on
-- when the light fell.
create function registry.find_first(
  p_collections int[], p_dataset_type int, p_coordinates bigint[], p_at timestamptz default 'infinity')
returns table (coordinate_id bigint, dataset_id bigint, collection_id int)
language sql stable security definer set search_path = pg_catalog as $$
  select o.coordinate_id, f.dataset_id, f.collection_id
  from unnest(p_coordinates) o (coordinate_id)
  cross join lateral (
    select m.dataset_id, m.collection_id
    from unnest(p_collections) with ordinality x (collection_id, place)
    cross join lateral (
      select n.dataset_id, n.collection_id from registry.member n
      where n.collection_id = x.collection_id and n.dataset_type_id = p_dataset_type
        and n.coordinate_id = o.coordinate_id and n.until = 'infinity' and n.since <= p_at
      union all
      select n.dataset_id, n.collection_id from registry.member n
      where p_at < 'infinity' and n.collection_id = x.collection_id and n.dataset_type_id = p_dataset_type
        and n.coordinate_id = o.coordinate_id and n.until < 'infinity' and n.since <= p_at and p_at < n.until) m
    order by x.place limit 1) f
$$;
comment on function registry.find_first is
  'The dataset of a type at each coordinate that the first of these collections holds, or held at a time.';

-- What holds for a calibration type at a time, first of all collections that have one.
create function registry.find_calibration(p_collections int[], p_dataset_type int, p_coordinates bigint[], p_times bigint[])
returns table (coordinate_id bigint, tai_ns bigint, dataset_id bigint, collection_id int)
language sql stable security definer set search_path = pg_catalog as $$
  select o.coordinate_id, o.tai_ns, f.dataset_id, f.collection_id
  from unnest(p_coordinates, p_times) o (coordinate_id, tai_ns)
  cross join lateral (
    select v.dataset_id, v.collection_id
    from unnest(p_collections) with ordinality x (collection_id, place)
    join registry.calibration_validity v
      on int8range(v.collection_id, v.collection_id, '[]') = int8range(x.collection_id, x.collection_id, '[]')
      and int8range(v.dataset_type_id, v.dataset_type_id, '[]') = int8range(p_dataset_type, p_dataset_type, '[]')
      and int8range(v.coordinate_id, v.coordinate_id, '[]') = int8range(o.coordinate_id, o.coordinate_id, '[]')
      and v.valid @> o.tai_ns and v.until = 'infinity'
    order by x.place limit 1) f
$$;
comment on function registry.find_calibration is 'The calibration of a type that holds at each coordinate and time, of the first of these collections that has one.';
